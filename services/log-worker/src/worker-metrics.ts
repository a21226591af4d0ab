import type { Metrics } from '@gapless/shared/runtime';
import type { Written } from './event-writer.ts';
import type { Lag } from './heads.ts';

export interface WorkerMetrics {
  wrote(batch: Written, seconds: number): void;
  /** `held` is asked at each scrape. */
  holding(stream: string, held: () => number): void;
}

/** What is read at each scrape. */
export interface WorkerGauges {
  /** Of each stream. */
  lags(): readonly Lag[];
  searchLags(): Iterable<readonly [stream: string, events: number]>;
  searchMissed(): Iterable<readonly [stream: string, events: number]>;
  fullStreams(): number;
  leasesHeld(): number;
  missingEvents(): number;
  haltedStreams(): number;
  oldestOutboxSeconds(): number;
  waiting(what: Waiting): number;
  unwrittenMarkBatches(): number;
}

/** What waits in the store, as last counted. */
export type Waiting = 'outbox' | 'deadLetters' | 'previews';

export function createWorkerMetrics(metrics: Metrics): WorkerMetrics {
  const written = metrics.counter('events_written_total');
  const duplicates = metrics.counter('events_duplicate_total');
  const letters = metrics.counter('dead_letters_total');
  const size = metrics.histogram('batch_events');
  const seconds = metrics.histogram('batch_write_seconds');
  const age = metrics.histogram('event_persisted_seconds');
  const holders = new Map<string, () => number>();
  metrics.gauges('log_in_flight_events', () => [...holders].map(([stream, held]) => [stream, held()]));
  return {
    wrote(batch, duration) {
      written.inc(batch.rows);
      duplicates.inc(batch.duplicates);
      size.observe(batch.rows + batch.letters.length);
      seconds.observe(duration);
      if (batch.oldestAt !== undefined) age.observe(Math.max(0, Date.now() - batch.oldestAt.getTime()) / 1_000);
      for (const { reason } of batch.letters) letters.inc({ reason });
    },
    holding: (stream, held) => void holders.set(stream, held),
  };
}

export function exposeWorkerGauges(metrics: Metrics, gauges: WorkerGauges): void {
  const lag = (name: Parameters<Metrics['gauges']>[0], read: (lag: Lag) => number): void => {
    metrics.gauges(name, () => gauges.lags().map((lag) => [lag.stream, read(lag)]));
  };
  lag('log_lag_events', ({ events }) => events);
  lag('log_lag_bytes', ({ bytes }) => bytes);
  lag('log_oldest_unwritten_seconds', ({ oldestMs }) => oldestMs / 1_000);
  metrics.gauges('search_lag_events', gauges.searchLags);
  metrics.gauges('search_missed_events', gauges.searchMissed);
  metrics.gauge('log_full_streams', gauges.fullStreams);
  metrics.gauge('leases_held', gauges.leasesHeld);
  metrics.gauge('log_missing_events', gauges.missingEvents);
  metrics.gauge('streams_halted', gauges.haltedStreams);
  metrics.gauge('outbox_oldest_seconds', gauges.oldestOutboxSeconds);
  metrics.gauge('outbox_waiting', () => gauges.waiting('outbox'));
  metrics.gauge('dead_letters_waiting', () => gauges.waiting('deadLetters'));
  metrics.gauge('previews_waiting', () => gauges.waiting('previews'));
  metrics.gauge('mark_batches_unwritten', gauges.unwrittenMarkBatches);
}
