import { performance } from 'node:perf_hooks';
import { Failure } from '@gapless/shared/errors';

/**
 * Runs work of one key one after the other, in the order in which it came. Rejects with `busy`, and runs nothing, where too
 * much waits or the turn comes too late.
 */
export type Turns = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createTurns({ mayWait, patienceMs }: { mayWait: number; patienceMs: number }): Turns {
  const lines = new Map<string, { last: Promise<unknown>; waiting: number }>();
  const busy = () => new Failure('busy', { retryMs: 1_000 });
  return async (key, work) => {
    const line = lines.get(key) ?? { last: Promise.resolve(), waiting: 0 };
    if (line.waiting >= mayWait) throw busy();
    lines.set(key, line);
    line.waiting++;
    const askedAt = performance.now();
    const run = async () => {
      if (performance.now() - askedAt > patienceMs) throw busy();
      return work();
    };
    const turn = line.last.then(run, run);
    line.last = turn;
    try {
      return await turn;
    } finally {
      if (--line.waiting === 0) lines.delete(key);
    }
  };
}
