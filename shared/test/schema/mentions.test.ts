import t from 'tap';
import { everybody, maxMentions, mentionsIn } from '../../src/schema/index.ts';

for (const [text, ...names] of [
  ['nobody is called here'],
  ['@bob', ['bob']],
  ['hey @Bob, and (@carol)!', ['bob'], ['carol']],
  ['two @bob @BOB are one', ['bob']],
  ['@bob. Is it you?', ['bob.', 'bob']],
  ['@bob.smith', ['bob.smith', 'bob']],
  ['@bobby is not bob', ['bobby']],
  ['@철수야 밥 먹자', ['철수야', '철수']],
  ['@alice님, 회의@길동씨', ['alice님', 'alice'], ['길동씨', '길동']],
  ['请@小明看', ['小明看', '小明']],
  ['@ＡＬＩＣＥ', ['alice']],
  ['@e\u0301mile', ['émile']],
  ['👍@bob', ['bob']],
  ['@all look', [everybody]],
  ['@all님', ['all님', everybody]],
  ['a mail to bob@example.org or a.b@c or x+y@zz'],
  ['@bob@example.social is no member'],
  ['https://example.org/@bob'],
  ['@@bob'],
  ['@b'],
  ['@ bob'],
  ['@_bob'],
  ['in `code @bob` and\n```\n@carol\n``` only @dave', ['dave']],
  ['an open ` tick @bob', ['bob']],
  ['@$where @__proto__ @constructor', ['constructor']],
] as [string, ...string[][]][]) {
  t.test(`${JSON.stringify(text)} calls ${JSON.stringify(names)}`, async (t) => {
    t.same(mentionsIn(text), names);
  });
}

t.test('a name longer than any nickname calls nobody, unless something may be joined to it', async (t) => {
  t.same(mentionsIn(`@${'a'.repeat(31)}`), []);
  t.same(mentionsIn(`@${'a'.repeat(30)}`), [['a'.repeat(30)]]);
  t.ok(mentionsIn(`@철수${'와'.repeat(40)}`)[0]?.includes('철수'));
});

t.test('of a crowd that is called only the first are heard, however long the text', async (t) => {
  const crowd = Array.from({ length: 1_000 }, (_, n) => `@user${n}`);
  t.same(
    mentionsIn(crowd.join(' ')),
    crowd.slice(0, maxMentions).map((name) => [name.slice(1)]),
  );
});

t.test('hostile texts cost little', async (t) => {
  for (const piece of ['@', '`', '```', '@a.', '@a`', '@-', '@\u0301', '＠@', '@가']) {
    t.ok(mentionsIn(piece.repeat(10_000)).length <= maxMentions, piece);
  }
});
