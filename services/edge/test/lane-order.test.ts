import t from 'tap';
import { LaneOrder } from '../src/lane-order.ts';

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

t.test('who waits for something is not overtaken in his lane, and holds up no other lane', async (t) => {
  const order = new LaneOrder();
  const went: string[] = [];
  const go = async (name: string, lane: string, work?: Promise<unknown>) => {
    await order.keep(lane, work).catch(() => undefined);
    went.push(name);
  };
  const failed = after(10).then(() => Promise.reject(new Error('away')));
  await Promise.all([
    go('slow', 'a', after(30)),
    go('failed', 'a', failed),
    go('quick', 'a'),
    go('other', 'b'),
    go('late', 'a', after(1)),
  ]);
  t.same(went, ['other', 'slow', 'failed', 'quick', 'late']);
  t.notOk(order.isTaken('a'));
  const last = go('alone', 'a', after(1));
  t.ok(order.isTaken('a'));
  t.notOk(order.isTaken('b'));
  await last;
  t.equal(went.at(-1), 'alone');
  await go('at once', 'a');
  t.notOk(order.isTaken('a'), 'who waits for nothing is waited for by nobody');
});

t.test('what follows begins when all before it has ended, however it did', async (t) => {
  const order = new LaneOrder();
  const went: string[] = [];
  const work =
    (name: string, ms: number, fails = false) =>
    async () => {
      went.push(`${name} begins`);
      await after(ms);
      went.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const all = [
    order.follow('a', work('1', 20, true)),
    order.follow('a', work('2', 1)),
    order.follow('a', work('3', 1)),
  ];
  const outcomes = await Promise.allSettled(all);
  t.same(
    outcomes.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled'],
  );
  t.same(went, ['1 begins', '1 ends', '2 begins', '2 ends', '3 begins', '3 ends']);
});
