import type { Metrics } from '@gapless/shared/runtime';
import type { Unwritable } from './row.ts';

export interface WorkerMetrics {
  wrote(batch: { rows: number; duplicates: number }): void;
  batch(events: number, seconds: number): void;
  deadLetter(reason: Unwritable): void;
}

/** What is read at each scrape. */
export interface WorkerGauges {
  /** Events of all streams that are not in MongoDB yet. */
  lag(): number;
  leasesHeld(): number;
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
    'Time from a batch to its watermark',
    [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
  );
  return {
    wrote(batch) {
      written.inc(batch.rows);
      duplicates.inc(batch.duplicates);
    },
    batch(events, duration) {
      size.observe(events);
      seconds.observe(duration);
    },
    deadLetter: (reason) => letters.inc({ reason }),
  };
}

export function exposeWorkerGauges(metrics: Metrics, gauges: WorkerGauges): void {
  metrics.gauge('log_lag_events', 'Numbers between the watermark and the end of the log, all streams', gauges.lag);
  metrics.gauge('leases_held', 'Streams that this worker writes', gauges.leasesHeld);
  metrics.gauge('streams_halted', 'Streams that gave a number twice and are not written', gauges.haltedStreams);
  metrics.gauge('outbox_oldest_seconds', 'Age of the oldest change that waits', gauges.oldestOutboxSeconds);
}
