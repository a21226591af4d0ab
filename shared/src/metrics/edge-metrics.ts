import { closeCodes } from '../errors/index.ts';
import { counter, errorCode, gauge, histogram, type Measured, seconds } from './metric.ts';

const edge: readonly Measured[] = ['edge'];
/** What WebSocket itself says, and we. A client may send any other. */
const knownCloses = [1000, 1001, 1006, 1009, ...Object.values(closeCodes).map(({ code }) => code)].map(String);
const operation = { pattern: /^[a-z]+$/, words: 'an operation of [protocol.md](protocol.md)' };

export const edgeMetrics = {
  edge_sockets: gauge(edge, 'Open sockets'),
  edge_users: gauge(edge, 'Users with an open socket'),
  edge_rooms: gauge(edge, 'Rooms that the edge follows'),
  edge_slow_sockets: gauge(edge, 'Sockets that go without signals, or without events too'),
  edge_held_sockets: gauge(edge, 'Sockets whose events are held back until they have drained'),
  edge_buffered_bytes: gauge(edge, 'Bytes that wait in this process for slow sockets'),
  edge_frames_in_flight: gauge(edge, 'Frames that are being worked on'),
  edge_held_events: gauge(edge, 'Events that came before their predecessor and wait for it'),
  edge_marks_waiting: gauge(edge, 'Read marks that are not stored yet'),
  edge_presence_users: gauge(edge, 'Users of all edges whom this one knows to be there'),
  edge_overloaded: gauge(
    edge,
    'Whether less is taken than is offered: 1 while sends are answered `busy`, 2 while new sockets are refused too',
  ),
  edge_queue_seconds: gauge(
    edge,
    'Shortest time that anything waited in the last half second: for the event loop, on the connection to NATS, to be sent to the log',
  ),
  log_full_streams: gauge(['edge', 'log-worker'], 'Streams that take no events until more of them is in MongoDB'),
  edge_frames_total: counter(edge, 'Frames that came and are of the protocol', { op: operation }),
  edge_frames_sent_total: counter(edge, 'Frames for one socket; events and signals of rooms are counted elsewhere', {
    op: operation,
  }),
  edge_events_total: counter(edge, 'Room events that went out, once each'),
  edge_deliveries_total: counter(edge, 'Room events times the sockets in the room'),
  edge_skipped_total: counter(
    edge,
    'Live events that came twice or late (`duplicate`), and what was wrong with their order: a `swap` that righted ' +
      'itself, a `gap` before an event that was filled, a `tail` that only heads or a sweep told of',
    { why: ['duplicate', 'swap', 'gap', 'tail'] },
  ),
  edge_gap_seconds: histogram(edge, 'Time to fill a gap or a lost tail', seconds),
  edge_missed_events_total: counter(
    edge,
    'Events that were read to fill a gap or for who came with a cursor, by where they were',
    { from: ['log', 'leader', 'mongo'] },
  ),
  edge_lags_total: counter(edge, 'Ranges of a room that a socket, or all of them, had to be told to page'),
  edge_resumed_events_total: counter(
    edge,
    'Events replayed to sockets that came with a cursor, from the `ring`, or from the `log` and MongoDB',
    { from: ['ring', 'log'] },
  ),
  edge_errors_total: counter(edge, 'Error frames; `rate_limited` and `unauthenticated` among them', {
    code: errorCode,
  }),
  edge_closes_total: counter(edge, 'Closed sockets by close code; `other` is one that only clients say', {
    code: [...knownCloses, 'other'],
  }),
  edge_handshakes_total: counter(edge, 'Handshakes by HTTP status', {
    status: ['101', '400', '401', '403', '429', '503'],
  }),
  edge_drops_total: counter(edge, 'Frames that a slow socket is known to have lost: a lower bound'),
  edge_slow_total: counter(
    edge,
    'Steps with slow sockets: signals `muted`, events `held` back, `released` to catch up, all `heard` again, `closed`',
    { step: ['muted', 'held', 'released', 'heard', 'closed'] },
  ),
  edge_shed_total: counter(
    edge,
    'What slow sockets did not get live: a `signal` never, an `event` late, a `range` they were told to page',
    { what: ['signal', 'event', 'range'] },
  ),
  edge_send_seconds: histogram(edge, 'Time from a `send` frame to its `ok`, by the clock of this machine', seconds),
} as const;
