import { edgeMetrics } from '@gapless/shared/metrics';
import type { Counter, Histogram, Metrics, Tally } from '@gapless/shared/runtime';

/** Everything that the edge counts. */
export interface EdgeMetrics {
  readonly frames: Tally;
  readonly sent: Tally;
  readonly events: Counter;
  readonly deliveries: Counter;
  readonly skipped: Counter<'why'>;
  readonly gapSeconds: Histogram;
  readonly missed: Counter<'from'>;
  readonly lags: Counter;
  readonly resumed: Counter<'from'>;
  readonly errors: Counter<'code'>;
  readonly closes: Closes;
  readonly handshakes: Counter<'status'>;
  readonly drops: Counter;
  readonly slow: Counter<'step'>;
  readonly shed: Counter<'what'>;
  readonly sendSeconds: Histogram;
}

export interface Closes {
  inc(closed: { readonly code: number }): void;
}

/** What is read at each scrape. */
export type EdgeGauges = Readonly<
  Record<
    | 'sockets'
    | 'users'
    | 'rooms'
    | 'slow'
    | 'held'
    | 'buffered'
    | 'inFlight'
    | 'heldEvents'
    | 'marksWaiting'
    | 'presenceUsers'
    | 'overloaded'
    | 'queueSeconds',
    () => number
  >
>;

export function createEdgeMetrics(metrics: Metrics, read: EdgeGauges): EdgeMetrics {
  metrics.gauge('edge_sockets', read.sockets);
  metrics.gauge('edge_users', read.users);
  metrics.gauge('edge_rooms', read.rooms);
  metrics.gauge('edge_slow_sockets', read.slow);
  metrics.gauge('edge_held_sockets', read.held);
  metrics.gauge('edge_buffered_bytes', read.buffered);
  metrics.gauge('edge_frames_in_flight', read.inFlight);
  metrics.gauge('edge_held_events', read.heldEvents);
  metrics.gauge('edge_marks_waiting', read.marksWaiting);
  metrics.gauge('edge_presence_users', read.presenceUsers);
  metrics.gauge('edge_overloaded', read.overloaded);
  metrics.gauge('edge_queue_seconds', read.queueSeconds);
  return {
    frames: metrics.tally('edge_frames_total'),
    sent: metrics.tally('edge_frames_sent_total'),
    events: metrics.counter('edge_events_total'),
    deliveries: metrics.counter('edge_deliveries_total'),
    skipped: metrics.counter('edge_skipped_total'),
    gapSeconds: metrics.histogram('edge_gap_seconds'),
    missed: metrics.counter('edge_missed_events_total'),
    lags: metrics.counter('edge_lags_total'),
    resumed: metrics.counter('edge_resumed_events_total'),
    errors: metrics.counter('edge_errors_total'),
    closes: knownCloses(metrics.counter('edge_closes_total')),
    handshakes: metrics.counter('edge_handshakes_total'),
    drops: metrics.counter('edge_drops_total'),
    slow: metrics.counter('edge_slow_total'),
    shed: metrics.counter('edge_shed_total'),
    sendSeconds: metrics.histogram('edge_send_seconds'),
  };
}

const known: ReadonlySet<string> = new Set(edgeMetrics.edge_closes_total.labels.code);

/** A client closes with whatever number it likes: each would be a series of its own. */
const knownCloses = (closes: Counter<'code'>): Closes => ({
  inc: ({ code }) => closes.inc({ code: known.has(String(code)) ? code : 'other' }),
});
