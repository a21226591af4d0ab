import t from 'tap';
import { codePoints } from '../../src/schema/index.ts';

t.test('text is counted in code points, not in UTF-16 units', async (t) => {
  t.equal(codePoints(''), 0);
  t.equal(codePoints('hello'), 5);
  t.equal(codePoints('안녕'), 2);
  t.equal(codePoints('👍'), 1);
  t.equal(codePoints('👍🏽'), 2, 'a skin tone is a code point of its own');
  t.equal(codePoints('👨‍👩‍👧‍👦'), 7, 'a family is four people and three joiners');
  t.equal(codePoints('e\u0301'), 2);
  t.equal(codePoints('😀'.repeat(1_000)), 1_000);
  t.equal(codePoints('\ud83d'), 1, 'half a pair counts as one');
});
