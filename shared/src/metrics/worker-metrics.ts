import { counter, gauge, histogram, type Measured } from './metric.ts';

const worker: readonly Measured[] = ['log-worker'];
const stream = { pattern: /^ROOM_\d+$/, words: 'of the log' };

export const workerMetrics = {
  events_written_total: counter(worker, 'Events written to MongoDB'),
  events_duplicate_total: counter(worker, 'Events that had landed before under another number'),
  event_persisted_seconds: histogram(
    worker,
    'From an event’s own time to its being in MongoDB: the clock of this machine minus that of the process that took it ' +
      'in; the oldest of each batch',
    [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30, 300, 3_600],
  ),
  dead_letters_total: counter(worker, 'Events that can never be written', {
    reason: ['too_big', 'not_json', 'wrong_shape', 'wrong_room', 'no_target', 'refused'],
  }),
  dead_letters_waiting: gauge(worker, 'Of them those that nobody has settled, 1,000 at most; a few seconds old'),
  batch_events: histogram(worker, 'Events in one write', [1, 10, 50, 100, 250, 500, 1_000]),
  batch_write_seconds: histogram(
    worker,
    'Time to bring one batch into MongoDB',
    [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
  ),
  log_in_flight_events: gauge(worker, 'Events read from the log and not in MongoDB yet', { stream }),
  log_lag_events: gauge(worker, 'Numbers between the watermark and the end of the log', { stream }),
  log_lag_bytes: gauge(worker, 'About how many bytes of the log are not in MongoDB', { stream }),
  log_oldest_unwritten_seconds: gauge(worker, 'Age of the oldest event not in MongoDB', { stream }),
  search_lag_events: gauge(
    worker,
    'Numbers below the watermark that search does not find yet, at who writes the stream',
    {
      stream,
    },
  ),
  search_missed_events: gauge(
    worker,
    'Numbers that had left the log before search came to them, since the worker’s start: a rebuild is due',
    { stream },
  ),
  log_missing_events: gauge(worker, 'Events that neither MongoDB nor the log has'),
  leases_held: gauge(worker, 'Streams that this worker writes; over all workers as many as there are streams'),
  streams_halted: gauge(worker, 'Streams that gave a number twice and are not written'),
  outbox_oldest_seconds: gauge(worker, 'Age of the oldest change of rooms or accounts that waits to be told'),
  outbox_waiting: gauge(worker, 'Changes that wait to be told, of all processes; a few seconds old'),
  marks_written_total: counter(worker, 'Read marks brought into MongoDB, the newest of each member'),
  mark_batches_unwritten: gauge(worker, 'Batches of read marks that are not in MongoDB; 0 at who does not write them'),
  mentions_total: counter(worker, 'Users who were told that they are mentioned'),
  replies_total: counter(worker, 'Users who were told of an answer in a thread of theirs, or a quote'),
  notes_total: counter(worker, 'Words to edges that a room was written in, one an author and quarter of a second'),
  previews_total: counter(worker, 'Links that were looked at', { outcome: ['told', 'later', 'nothing'] }),
  previews_waiting: gauge(worker, 'Links that wait to be looked at; a few seconds old'),
} as const;
