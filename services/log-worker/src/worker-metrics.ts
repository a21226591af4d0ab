import type { Metrics } from '@gapless/shared/runtime';
import type { Written } from './event-writer.ts';

export interface WorkerMetrics {
  wrote(batch: Written, seconds: number): void;
  /** `held` is asked at each scrape. */
  holding(stream: string, held: () => number): void;
}

/** What is read at each scrape. */
export interface WorkerGauges {
  /** Events of all streams that are not in MongoDB yet. */
  lag(): number;
  leasesHeld(): number;
  missingEvents(): number;
  haltedStreams(): number;
  oldestOutboxSeconds(): number;
}

export function createWorkerMetrics(metrics: Metrics): WorkerMetrics {
  const written = metrics.counter('events_written_total', 'Events written to MongoDB');
  const duplicates = metrics.counter('events_duplicate_total', 'Events that had landed before under another number');
  const letters = metrics.counter('dead_letters_total', 'Events that can never be written', ['reason']);
  const size = metrics.histogram('batch_events', 'Events in one write', [1, 10, 50, 100, 250, 500, 1_000]);
  const seconds = metrics.histogram(
    'batch_write_seconds',
    'Time to bring one batch into MongoDB',
    [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
  );
  const holders = new Map<string, () => number>();
  metrics.gauges('log_in_flight_events', 'Events read from the log and not in MongoDB yet', 'stream', () =>
    [...holders].map(([stream, held]) => [stream, held()]),
  );
  return {
    wrote(batch, duration) {
      written.inc(batch.rows);
      duplicates.inc(batch.duplicates);
      size.observe(batch.rows + batch.letters.length);
      seconds.observe(duration);
      for (const { reason } of batch.letters) letters.inc({ reason });
    },
    holding: (stream, held) => void holders.set(stream, held),
  };
}

export function exposeWorkerGauges(metrics: Metrics, gauges: WorkerGauges): void {
  metrics.gauge('log_lag_events', 'Numbers between the watermark and the end of the log, all streams', gauges.lag);
  metrics.gauge('leases_held', 'Streams that this worker writes', gauges.leasesHeld);
  metrics.gauge('log_missing_events', 'Events that neither MongoDB nor the log has', gauges.missingEvents);
  metrics.gauge('streams_halted', 'Streams that gave a number twice and are not written', gauges.haltedStreams);
  metrics.gauge('outbox_oldest_seconds', 'Age of the oldest change that waits', gauges.oldestOutboxSeconds);
}
