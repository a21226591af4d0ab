import { sleep } from '@gapless/shared/runtime';
import t from 'tap';
import { Lane } from '../src/lane.ts';
import { logged, message } from './events.ts';

const event = (n: number) => logged(n, message(n));
const laneOf = (maxEvents: number, maxWaitMs: number, count = 0, paceMs = maxWaitMs) => {
  const lane = new Lane<ReturnType<typeof event>>({ maxEvents, maxWaitMs, paceMs });
  for (let n = 1; n <= count; n++) lane.push(event(n));
  return lane;
};
const numbers = (batch: readonly { seq: number }[] | undefined) => batch?.map(({ seq }) => seq);

t.test('gives full batches under load, without waiting', async (t) => {
  const lane = laneOf(3, 60_000, 7);
  t.same(numbers(await lane.next()), [1, 2, 3]);
  t.same(numbers(await lane.next()), [4, 5, 6]);
});

t.test('gives what is there after a while', async (t) => {
  const lane = laneOf(100, 5, 2);
  t.same(numbers(await lane.next()), [1, 2]);
});

t.test('gives small batches in pauses, and a full one as soon as it is', async (t) => {
  const lane = laneOf(3, 1, 1, 60_000);
  t.same(numbers(await lane.next()), [1], 'who comes alone does not wait for more than that');
  lane.push(event(2));
  const next = lane.next();
  t.equal(await Promise.race([next, sleep(20)]), undefined);
  lane.push(event(3));
  lane.push(event(4));
  t.same(numbers(await next), [2, 3, 4]);
});

t.test('knows the oldest event that is not written', async (t) => {
  const lane = laneOf(2, 1, 3);
  t.equal(lane.oldest, 1);
  await lane.next();
  t.equal(lane.oldest, 1, 'also while it is being written');
  lane.written();
  t.equal(lane.oldest, 3);
  await lane.next();
  lane.written();
  t.equal(lane.oldest, undefined);
});

t.test('gives out the rest at its end, then nothing', async (t) => {
  const lane = laneOf(2, 60_000);
  const first = lane.next();
  lane.push(event(1));
  lane.end();
  t.same(numbers(await first), [1]);
  t.equal(await lane.next(), undefined);
});
