import { Failure } from '@gapless/shared/errors';
import { backoffMs, type Logger, sleep } from '@gapless/shared/runtime';
import type { Installation } from './installation.ts';
import type { StreamLeases } from './stream-lease.ts';
import type { StreamMemory } from './stream-memory.ts';

/** Keeps what this worker remembers of the streams fresh, and thereby knows whether MongoDB answers. */
export interface RecordReader {
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  isStoreAway(): boolean;
}

const intervalMs = 1_000;

export function createRecordReader(deps: {
  streams: readonly string[];
  leases: Pick<StreamLeases, 'record'>;
  installation: Installation;
  memoryOf: (stream: string) => StreamMemory;
  logger: Logger;
}): RecordReader {
  const { streams, leases, installation, memoryOf, logger } = deps;
  let away = true;

  async function read(): Promise<void> {
    await installation.generation();
    for (const stream of streams) memoryOf(stream).recorded(await leases.record(stream));
  }

  return {
    async run(signal) {
      for (; !signal.aborted; await sleep(backoffMs(0, { firstMs: intervalMs, maxMs: intervalMs }), signal)) {
        try {
          await read();
          if (away) logger.info('MongoDB answers');
          away = false;
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          if (!away) logger.warn({ err: error }, 'MongoDB does not answer');
          away = true;
        }
      }
    },
    isStoreAway: () => away,
  };
}
