import { Failure } from '../errors/index.ts';
import { backoffMs, sleep } from '../runtime/index.ts';

/** What waits in the store, counted now and then: a scrape must not wait for MongoDB. */
export interface StoreCounts<W extends string> {
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** As last counted. */
  of(what: W): number;
}

const pace = { firstMs: 5_000, maxMs: 60_000 };

export function createStoreCounts<W extends string>(count: Readonly<Record<W, () => Promise<number>>>): StoreCounts<W> {
  const counted = new Map<W, number>();

  async function round(): Promise<void> {
    for (const [what, read] of Object.entries(count) as [W, () => Promise<number>][]) {
      counted.set(what, await read());
    }
  }

  return {
    async run(signal) {
      for (let failures = 0; !signal.aborted; await sleep(backoffMs(failures, pace), signal)) {
        try {
          await round();
          failures = 0;
        } catch (error) {
          // What was counted before stands meanwhile; that MongoDB is away is said elsewhere.
          if (!(error instanceof Failure)) throw error;
          failures++;
        }
      }
    },
    of: (what) => counted.get(what) ?? 0,
  };
}
