import { Failure } from '../errors/index.ts';
import { type Metrics, steadyClock } from '../runtime/index.ts';
import type { Replica } from './bus.ts';

export type AppendOutcome = 'stored' | 'duplicate' | Failure;
export type CallOutcome = 'answered' | 'refused' | 'unanswered';
export type ServeOutcome = 'answered' | 'refused' | 'failed';

/** What a connection to the bus tells of its work. */
export interface BusMetrics {
  /** An event was stored, or was not, that long after it was to be. */
  appended(outcome: AppendOutcome, ms: number): void;
  read<T>(replica: Replica, work: Promise<T>): Promise<T>;
  called(outcome: CallOutcome, ms: number): void;
  served(command: string, outcome: ServeOutcome, ms: number): void;
  /** An event came live; `storedAt` costs more than delivering it and is asked of some only. */
  heard(storedAt: () => number | undefined): void;
  disconnected(): void;
  /** Asked at each scrape. */
  expose(figures: {
    readonly isAway: () => boolean;
    readonly inFlight: () => number;
    readonly waiting: () => number;
  }): void;
}

/** Of so many live events one is timed. */
const timedEach = 16;

export function createBusMetrics(metrics: Metrics, service: string): BusMetrics {
  const appendSeconds = metrics.histogram('bus_append_seconds');
  const failures = metrics.counter('bus_append_failures_total');
  const duplicates = metrics.counter('bus_duplicates_total');
  const readSeconds = metrics.histogram('bus_read_seconds');
  const callSeconds = metrics.histogram('bus_call_seconds');
  const servedSeconds = service === 'edge' ? undefined : metrics.histogram('bus_served_seconds');
  const liveSeconds = service === 'edge' ? metrics.histogram('bus_live_seconds') : undefined;
  const disconnects = metrics.counter('bus_disconnects_total');
  let heard = 0;
  return {
    appended(outcome, ms) {
      if (outcome instanceof Failure) return failures.inc({ code: outcome.code });
      if (outcome === 'duplicate') duplicates.inc();
      appendSeconds.observe(ms / 1_000);
    },
    async read(replica, work) {
      const began = steadyClock.now();
      try {
        return await work;
      } finally {
        readSeconds.observe({ replica }, (steadyClock.now() - began) / 1_000);
      }
    },
    called: (outcome, ms) => callSeconds.observe({ outcome }, ms / 1_000),
    served: (command, outcome, ms) => servedSeconds?.observe({ command, outcome }, ms / 1_000),
    heard(storedAt) {
      if (liveSeconds === undefined || heard++ % timedEach !== 0) return;
      const at = storedAt();
      if (at !== undefined) liveSeconds.observe(Math.max(0, Date.now() - at) / 1_000);
    },
    disconnected: () => disconnects.inc(),
    expose({ isAway, inFlight, waiting }) {
      metrics.gauge('bus_connected', () => (isAway() ? 0 : 1));
      metrics.gauge('bus_appends_in_flight', inFlight);
      metrics.gauge('bus_appends_waiting', waiting);
    },
  };
}

/** Of a program that nobody scrapes. */
export const unmeasured: BusMetrics = {
  appended: () => undefined,
  read: (_replica, work) => work,
  called: () => undefined,
  served: () => undefined,
  heard: () => undefined,
  disconnected: () => undefined,
  expose: () => undefined,
};
