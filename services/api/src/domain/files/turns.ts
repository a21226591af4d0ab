import { Failure } from '@gapless/shared/errors';

/** Work in the order in which it came, a few at once; `busy` where too much waits, or one waits too long. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

export interface TurnBounds {
  readonly atOnce: number;
  readonly mayWait: number;
  readonly waitMs: number;
}

export function createTurns({ atOnce, mayWait, waitMs }: TurnBounds): Turns {
  const waiting = new Set<() => void>();
  const busy = () => new Failure('busy', { retryMs: 2_000 });
  let running = 0;

  const turn = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(late);
        resolve();
      };
      const late = setTimeout(() => {
        waiting.delete(begin);
        reject(busy());
      }, waitMs);
      waiting.add(begin);
    });

  return async (work) => {
    if (running < atOnce) running++;
    else if (waiting.size >= mayWait) throw busy();
    else await turn();
    try {
      return await work();
    } finally {
      const [next] = waiting;
      if (next === undefined) running--;
      else {
        waiting.delete(next);
        next();
      }
    }
  };
}
