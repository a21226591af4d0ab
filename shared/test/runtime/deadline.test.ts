import t from 'tap';
import { DeadlineError, sleep, withDeadline } from '../../src/runtime/index.ts';

t.test('work in time passes, with its value or its error', async (t) => {
  t.equal(await withDeadline('asking', 1_000, Promise.resolve(7)), 7);
  await t.rejects(withDeadline('asking', 1_000, Promise.reject(new RangeError('no'))), RangeError);
});

t.test('work that takes longer rejects with its name and time', async (t) => {
  const late = withDeadline('asking', 10, sleep(60));
  await t.rejects(late, DeadlineError);
  await t.rejects(late, { message: 'asking took longer than 10 ms' });
});

t.test('work that fails after its deadline harms nobody', async (t) => {
  const work = sleep(20).then(() => Promise.reject(new Error('late')));
  await t.rejects(withDeadline('asking', 5, work), DeadlineError);
  await sleep(30);
});

t.test('an abort wakes a sleeper', async (t) => {
  const stop = new AbortController();
  const before = Date.now();
  setTimeout(() => stop.abort(), 5);
  await sleep(60_000, stop.signal);
  await sleep(60_000, stop.signal);
  t.ok(Date.now() - before < 5_000);
});
