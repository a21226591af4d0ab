import t from 'tap';
import { storedAgain } from '../src/fleet/fleet.ts';

const stored = new Map([
  ['a', [1, 2, 5]],
  ['b', [1]],
]);

t.test('a message that came and was acknowledged to nobody was stored twice, whoever saw it', async (t) => {
  const member = (a: number[], b: number[]) => ({
    received: new Map([
      ['a', a],
      ['b', b],
    ]),
  });
  t.equal(storedAgain([member([1, 2, 5], [1])], stored), 0);
  t.equal(storedAgain([member([1, 2], [])], stored), 0, 'what is missing is another fault');
  t.equal(storedAgain([member([1, 2, 4, 5], [1]), member([1, 2, 4, 5], [1, 2])], stored), 2, 'each counts once');
  t.equal(storedAgain([{ received: new Map([['c', [7]]]) }], stored), 1);
});
