import { createMemoryBus } from '@gapless/shared/bus';
import t from 'tap';
import { drain } from '../src/drain.ts';
import { createDrainBudget } from '../src/drain-budget.ts';
import { fakeSession } from './fake-session.ts';

const sessionsOf = (all: readonly ReturnType<typeof fakeSession>[]) => all.map(({ session }) => session);

t.test('a drain is over in its time, however many there are', async (t) => {
  const all = Array.from({ length: 3_000 }, () => fakeSession());
  await drain(sessionsOf(all), { budgetMs: 400, share: () => 1 });
  t.ok(all.every(({ ends, sent }) => ends.length === 1 && ends[0] === 1012 && sent[0]?.['t'] === 'bye'));
  const after = all.map(({ sent }) => sent[0]?.['after'] as number);
  t.ok(Math.max(...after) <= 134 && new Set(after).size > 50, 'those who are told together do not come together');
});

t.test('a drain is no faster than its share', async (t) => {
  const all = Array.from({ length: 100 }, () => fakeSession());
  const told = () => all.filter(({ sent }) => sent.length > 0).length;
  const began = Date.now();
  const ahead: number[] = [];
  const watch = setInterval(() => ahead.push(told() - ((Date.now() - began) / 1_000) * 200), 10);
  await drain(sessionsOf(all), { budgetMs: 20_000, share: () => 200 });
  clearInterval(watch);
  t.ok(Date.now() - began >= 450, 'a hundred at two hundred a second');
  t.ok(Math.max(...ahead) < 25, `${Math.max(...ahead)} ahead of it at most`);
  t.ok(all.every(({ ends }) => ends[0] === 1012));
});

t.test('a socket with a frame in work stays until that is answered; a replay alone keeps nobody', async (t) => {
  const [sending, resuming] = [fakeSession(), fakeSession()];
  for (const { session } of [sending, resuming]) session.began();
  void resuming.session.resuming(new Promise(() => undefined));
  let resumingEnded = false;
  const answered = setInterval(() => {
    if (resuming.ends.length === 0) return;
    resumingEnded = sending.ends.length === 0;
    sending.session.ended();
    clearInterval(answered);
  }, 10);
  await drain(sessionsOf([sending, resuming]), { budgetMs: 20_000, share: () => 1_000 });
  t.ok(resumingEnded, 'the one that resumes goes first, the other when it has its answer');
  t.strictSame(sending.ends, [1012]);
});

t.test('edges that stop together share one budget by what each has left', async (t) => {
  const { drains } = createMemoryBus();
  let now = 1_000_000;
  const budgetOf = (edge: string) => createDrainBudget({ drains, edge, perSecond: 400, clock: { now: () => now } });
  const [one, two] = [budgetOf('one'), budgetOf('two')];
  t.equal(one.share(300), 400, 'alone');
  t.equal(two.share(100), 100);
  now += 300;
  t.equal(one.share(300), 300);
  t.equal(two.share(100), 100, 'together no more than alone');
  now += 300;
  t.equal(two.share(0), 400);
  t.equal(one.share(300), 400, 'the other one has nobody left');
  now += 300;
  two.share(100);
  now += 2_000;
  t.equal(one.share(200), 400, 'who is silent has stopped');
  one.stop();
  two.stop();
});
