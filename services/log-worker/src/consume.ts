import type { LoggedEvent, LogStreams } from '@gapless/shared/bus';
import type { Settings } from '@gapless/shared/config';
import { Failure } from '@gapless/shared/errors';
import { type Logger, retryUntil } from '@gapless/shared/runtime';
import type { EventRow } from '@gapless/shared/schema';
import { Batcher } from './batcher.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import { lastMessages, type MessageStore } from './message-store.ts';
import { readEvent } from './row.ts';
import type { StreamLease } from './stream-lease.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

/**
 * Brings a stream's events from `from` on into MongoDB, in batches, in order, and moves the watermark behind each. Ends when
 * `signal` aborts or the event `upTo` is in. While MongoDB is away it tries the same batch again and skips nothing.
 * Rejects with `Deposed`, `NumberReused`, or the log's `Failure`.
 */
export type Consume = (
  lease: StreamLease,
  range: { from: number; upTo?: number },
  signal: AbortSignal,
) => Promise<void>;

export interface ConsumeDeps {
  readonly streams: Pick<LogStreams, 'follow'>;
  readonly store: MessageStore;
  readonly deadLetters: DeadLetters;
  readonly settings: Settings<'batchEvents' | 'batchWaitMs'>;
  readonly persisted: (stream: string, seq: number) => void;
  readonly metrics: WorkerMetrics;
  readonly logger: Logger;
}

const pace = { firstMs: 100, maxMs: 5_000 };
/** After so many a change without its message is set aside, so that it blocks nobody. */
const orphanRetries = 5;

export function createConsume(deps: ConsumeDeps): Consume {
  const { streams, store, deadLetters, settings, persisted, metrics, logger } = deps;

  async function write(lease: StreamLease, events: readonly LoggedEvent[], patience: { left: number }): Promise<void> {
    const { rows, letters } = sorted(events);
    const { duplicates } = await store.write(rows);
    await store.noteLast(lastMessages(rows, duplicates));
    const { orphans } = await store.fold(rows);
    // Its message is numbered below it, so it was written before: whoever misses it looks again before he gives up.
    if (orphans.size > 0 && patience.left-- > 0) throw new Failure('store_unavailable', { detail: 'no target yet' });
    for (const event of events) if (orphans.has(event.seq)) letters.push({ event, reason: 'no_target' });
    await store.hide(rows, duplicates);
    await deadLetters.put(lease.stream, letters);
    const seq = events.at(-1)?.seq ?? 0;
    await lease.advance(seq);
    persisted(lease.stream, seq);
    metrics.wrote({ rows: rows.length, duplicates: duplicates.size });
    for (const { event, reason } of letters) {
      metrics.deadLetter(reason);
      logger.error({ stream: lease.stream, seq: event.seq, room: event.room, reason }, 'dead letter');
    }
  }

  /** The same batch until it is in: what comes after it waits. Only what a later try may mend is tried again. */
  async function writeSurely(lease: StreamLease, events: readonly LoggedEvent[], signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    const failed = (error: unknown, attempt: number): void => {
      if (!(error instanceof Failure)) throw error;
      logger.warn({ err: error, stream: lease.stream, attempt }, 'batch not written yet');
    };
    const patience = { left: orphanRetries };
    await retryUntil(() => write(lease, events, patience), { ...pace, signal, failed });
    metrics.batch(events.length, (performance.now() - startedAt) / 1_000);
  }

  return async (lease, { from, upTo = Number.POSITIVE_INFINITY }, signal) => {
    if (signal.aborted) return;
    await store.prepare();
    const following = await streams.follow(lease.stream, { from });
    const batcher = new Batcher<LoggedEvent>({ maxItems: settings.batchEvents, maxWaitMs: settings.batchWaitMs });
    const stop = () => {
      following.stop();
      batcher.end();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const filling = batcher.fill(following);
    try {
      for (let batch = await batcher.next(); batch !== undefined && !signal.aborted; batch = await batcher.next()) {
        await writeSurely(lease, batch, signal);
        if ((batch.at(-1)?.seq ?? 0) >= upTo) return;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
      await filling;
    }
  };
}

function sorted(events: readonly LoggedEvent[]): { rows: EventRow[]; letters: DeadLetter[] } {
  const rows: EventRow[] = [];
  const letters: DeadLetter[] = [];
  for (const event of events) {
    const read = readEvent(event);
    if ('row' in read) rows.push(read.row);
    else letters.push({ event, reason: read.reason });
  }
  return { rows, letters };
}
