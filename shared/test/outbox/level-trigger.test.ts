import t from 'tap';
import { levelTriggered } from '../../src/outbox/index.ts';

t.test('callers during a run share the one run after it', async (t) => {
  const ends: (() => void)[] = [];
  let runs = 0;
  const trigger = levelTriggered(async (_: string) => {
    runs++;
    await new Promise<void>((resolve) => ends.push(resolve));
    return runs;
  });
  const first = trigger('a');
  const second = trigger('a');
  const third = trigger('a');
  t.equal(runs, 1);
  ends[0]?.();
  t.equal(await first, 1);
  await new Promise(setImmediate);
  t.equal(runs, 2);
  ends[1]?.();
  t.same(await Promise.all([second, third]), [2, 2]);
  t.equal(runs, 2);
});

t.test('a failed run fails its own callers and not those after it', async (t) => {
  let runs = 0;
  const trigger = levelTriggered(async (_: string) => {
    await new Promise(setImmediate);
    if (++runs === 1) throw new Error('first');
    return runs;
  });
  const [first, second] = await Promise.allSettled([trigger('a'), trigger('a')]);
  t.equal(first?.status, 'rejected');
  t.same(second, { status: 'fulfilled', value: 2 });
});

t.test('keys do not wait for each other', async (t) => {
  const trigger = levelTriggered((key: string) =>
    key === 'stuck' ? new Promise<string>(() => undefined) : Promise.resolve(key),
  );
  void trigger('stuck');
  t.equal(await trigger('free'), 'free');
});
