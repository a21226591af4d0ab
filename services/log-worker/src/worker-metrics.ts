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
  fullStreams(): number;
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
  const lag = (name: string, help: string, read: (lag: Lag) => number): void => {
    metrics.gauges(name, help, 'stream', () => gauges.lags().map((lag) => [lag.stream, read(lag)]));
  };
  lag('log_lag_events', 'Numbers between the watermark and the end of the log', ({ events }) => events);
  lag('log_lag_bytes', 'About how many bytes of the log are not in MongoDB', ({ bytes }) => bytes);
  lag('log_oldest_unwritten_seconds', 'Age of the oldest event not in MongoDB', ({ oldestMs }) => oldestMs / 1_000);
  metrics.gauge('log_full_streams', 'Streams that take no events until more of them is in MongoDB', gauges.fullStreams);
  metrics.gauge('leases_held', 'Streams that this worker writes', gauges.leasesHeld);
  metrics.gauge('log_missing_events', 'Events that neither MongoDB nor the log has', gauges.missingEvents);
  metrics.gauge('streams_halted', 'Streams that gave a number twice and are not written', gauges.haltedStreams);
  metrics.gauge('outbox_oldest_seconds', 'Age of the oldest change that waits', gauges.oldestOutboxSeconds);
}
