import t from 'tap';
import { Lane } from '../src/lane.ts';
import { logged, message } from './events.ts';

const event = (n: number) => logged(n, message(n));
const laneOf = (maxEvents: number, maxWaitMs: number, count = 0) => {
  const lane = new Lane<ReturnType<typeof event>>({ maxEvents, maxWaitMs });
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
