import { backoffMs, type Clock, type Logger, type Metrics, sleep } from '@gapless/shared/runtime';
import type { FileCollection } from './domain/files/file-collection.ts';
import type { FileRecords } from './domain/files/file-records.ts';
import { foresee } from './foresee.ts';

/** Looks for files that nothing uses, again and again; of all processes one at a time. */
export interface FileCollector {
  open(): void;
  /** Begins nothing more, and resolves when what is under way has ended. */
  close(): Promise<void>;
}

export function createFileCollector(deps: {
  readonly collection: FileCollection;
  readonly records: Pick<FileRecords, 'turn'>;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): FileCollector {
  const { collection, records, everyMs, clock, logger, metrics } = deps;
  const removed = metrics.counter('api_files_removed_total');
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function round(): Promise<void> {
    const now = clock.now();
    // Shorter than the pause, so that whoever had the turn may have it again.
    if (!(await records.turn(new Date(now), new Date(now + everyMs / 2)))) return;
    for (let isMore = true; isMore && !stopped.signal.aborted; ) {
      const last = await collection.round();
      removed.inc(last.removed);
      isMore = last.isMore;
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; ; ) {
      await sleep(backoffMs(failures, { firstMs: everyMs, maxMs: 16 * everyMs }), stopped.signal);
      if (stopped.signal.aborted) return;
      try {
        await round();
        failures = 0;
      } catch (error) {
        if (foresee(error) === undefined) throw error;
        failures++;
        logger.warn({ err: error }, 'files are not collected now');
      }
    }
  }

  return {
    open: () => {
      if (!stopped.signal.aborted) running = run();
    },
    close: async () => {
      stopped.abort();
      await running;
    },
  };
}
