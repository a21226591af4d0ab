import t from 'tap';
import { backoffMs, retryUntil } from '../../src/runtime/index.ts';

const slope = { firstMs: 100, maxMs: 1_000 };

t.test('pauses double to a ceiling, half of them by chance', async (t) => {
  t.same(
    [0, 1, 2, 3, 4, 50].map((attempt) => backoffMs(attempt, slope, () => 0)),
    [50, 100, 200, 400, 500, 500],
  );
  t.same(
    [0, 1, 2, 3, 4, 50].map((attempt) => backoffMs(attempt, slope, () => 1)),
    [100, 200, 400, 800, 1_000, 1_000],
  );
});

t.test('a crowd that failed together is spread', async (t) => {
  const pauses = new Set(Array.from({ length: 100 }, () => backoffMs(3, slope)));
  t.ok(pauses.size > 90);
});

t.test('work is tried until it succeeds, and each failure is told', async (t) => {
  const failures: number[] = [];
  let tries = 0;
  const work = async () => {
    if (++tries < 4) throw new Error('not yet');
    return 'done';
  };
  const { signal } = new AbortController();
  const result = await retryUntil(work, { firstMs: 1, maxMs: 2, signal, failed: (_, n) => failures.push(n) });
  t.equal(result, 'done');
  t.same(failures, [0, 1, 2]);
});

t.test('an abort ends the pause and the trying', async (t) => {
  const stop = new AbortController();
  const work = () => Promise.reject(new Error('never'));
  const trying = retryUntil(work, { firstMs: 60_000, maxMs: 60_000, signal: stop.signal });
  setTimeout(() => stop.abort(), 10);
  t.equal(await trying, undefined);
  t.equal(await retryUntil(async () => t.fail('not even once'), { ...slope, signal: stop.signal }), undefined);
});
