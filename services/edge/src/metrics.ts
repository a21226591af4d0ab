import type { Counter, Histogram, Metrics } from '@gapless/shared/runtime';

/** Everything that the edge counts. */
export interface EdgeMetrics {
  readonly events: Counter;
  readonly deliveries: Counter;
  readonly skipped: Counter<'why'>;
  readonly lags: Counter;
  readonly resumed: Counter<'from'>;
  readonly errors: Counter<'code'>;
  readonly closes: Counter<'code'>;
  readonly handshakes: Counter<'status'>;
  readonly drops: Counter;
  readonly slow: Counter<'step'>;
  readonly shed: Counter<'what'>;
  readonly sendSeconds: Histogram;
}

export function createEdgeMetrics(
  metrics: Metrics,
  read: Readonly<Record<'sockets' | 'users' | 'rooms' | 'slow' | 'buffered', () => number>>,
): EdgeMetrics {
  metrics.gauge('edge_sockets', 'Open sockets', read.sockets);
  metrics.gauge('edge_users', 'Users with an open socket', read.users);
  metrics.gauge('edge_rooms', 'Rooms that the edge follows', read.rooms);
  metrics.gauge('edge_slow_sockets', 'Sockets that go without signals, or without events too', read.slow);
  metrics.gauge('edge_buffered_bytes', 'Bytes that wait in this process for slow sockets', read.buffered);
  return {
    events: metrics.counter('edge_events_total', 'Room events that went out, once each'),
    deliveries: metrics.counter('edge_deliveries_total', 'Room events times the sockets in the room'),
    skipped: metrics.counter('edge_skipped_total', 'Room events that came late or twice, and holes before one', [
      'why',
    ]),
    lags: metrics.counter('edge_lags_total', 'Ranges of a room that a socket, or all of them, had to be told to page'),
    resumed: metrics.counter('edge_resumed_events_total', 'Events replayed to sockets that came with a cursor', [
      'from',
    ]),
    errors: metrics.counter('edge_errors_total', 'Error frames by code', ['code']),
    closes: metrics.counter('edge_closes_total', 'Closed sockets by close code', ['code']),
    handshakes: metrics.counter('edge_handshakes_total', 'Handshakes by HTTP status', ['status']),
    drops: metrics.counter('edge_drops_total', 'Frames that a slow socket is known to have lost: a lower bound'),
    slow: metrics.counter(
      'edge_slow_total',
      'Steps with slow sockets: signals `muted`, events `held` back, `released` to catch up, all `heard` again, `closed`',
      ['step'],
    ),
    shed: metrics.counter(
      'edge_shed_total',
      'What slow sockets did not get live: a `signal` never, an `event` late, a `range` they were told to page',
      ['what'],
    ),
    sendSeconds: metrics.histogram(
      'edge_send_seconds',
      'Time from a `send` frame to its `ok`',
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    ),
  };
}
