import t from 'tap';
import { isAtRest } from '../src/at-rest.ts';

const looks = { lookMs: 1, share: 0.5, longestMs: 5_000 };
/** What each look finds used since the one before it; the last for ever. */
function using(...deltas: number[]): () => number {
  let [used, n] = [0, -1];
  return () => {
    if (n >= 0) used += deltas[Math.min(n, deltas.length - 1)] as number;
    n++;
    return used;
  };
}

t.test('one quiet look may be of somebody who got no time: two make rest', async (t) => {
  let looked = 0;
  const used = using(5, 0, 5, 0, 0);
  const rested = await isAtRest(() => {
    looked++;
    return used();
  }, looks);
  t.same([rested, looked], [true, 6]);
});

t.test('who never comes to rest is not said to', async (t) => {
  t.equal(await isAtRest(using(5), { ...looks, longestMs: 20 }), false);
});
