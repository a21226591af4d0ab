import { sleep } from './deadline.ts';

export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Twice as long each time, the upper half of it by chance: a crowd that failed together does not come back together. */
export function backoffMs(attempt: number, { firstMs, maxMs }: Backoff, random = Math.random): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 20));
  return ceiling / 2 + (random() * ceiling) / 2;
}

/** Tries until it works or `signal` aborts; `failed` hears of each failure. */
export async function retryUntil<T>(
  work: () => Promise<T>,
  options: Backoff & { signal: AbortSignal; failed?: (error: unknown, attempt: number) => void },
): Promise<T | undefined> {
  for (let attempt = 0; !options.signal.aborted; attempt++) {
    try {
      return await work();
    } catch (error) {
      options.failed?.(error, attempt);
      await sleep(backoffMs(attempt, options), options.signal);
    }
  }
  return undefined;
}
