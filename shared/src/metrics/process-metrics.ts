import { counter, errorCode, fewSeconds, gauge, histogram, measured, seconds } from './metric.ts';

const withMongo = ['api', 'log-worker'] as const;
const served = {
  pattern: /^(call\.)?[a-z]+\.[A-Za-z]+$/,
  words: 'a request between services; `call.` and a command of [api.md](api.md)',
};

/** What every process tells of itself, of the bus and of the store. */
export const processMetrics = {
  build_info: gauge(measured, '1, with what runs', {
    version: { pattern: /^\d+\.\d+\.\d+(-[\w.]+)?$/, words: 'of Gapless' },
    node: { pattern: /^v\d+\.\d+\.\d+$/, words: 'of Node' },
  }),
  ready: gauge(measured, '1 while it can do its work, as `/readyz` says'),
  event_loop_utilization_ratio: gauge(measured, 'Part of the time since the last scrape in which the event loop ran'),
  bus_connected: gauge(measured, '1 while it is connected to NATS'),
  bus_disconnects_total: counter(measured, 'Connections to NATS that were lost'),
  bus_append_seconds: histogram(measured, 'Time until the log has stored an event, retries included', seconds),
  bus_append_failures_total: counter(measured, 'Events that the log did not take', { code: errorCode }),
  bus_duplicates_total: counter(measured, 'Events that the log had stored before under the same id'),
  bus_appends_in_flight: gauge(measured, 'Events that were sent to the log and are not answered'),
  bus_appends_waiting: gauge(measured, 'Events that wait for a place, or behind one of the same sender and room'),
  bus_read_seconds: histogram(measured, 'Time of one read of the log, from any replica or from its leader', seconds, {
    replica: ['any', 'leader'],
  }),
  bus_call_seconds: histogram(measured, 'Time of a request to another service', seconds, {
    outcome: ['answered', 'refused', 'unanswered'],
  }),
  bus_served_seconds: histogram(withMongo, 'Time to answer a request of another service', fewSeconds, {
    command: served,
    outcome: ['answered', 'refused', 'failed'],
  }),
  bus_live_seconds: histogram(
    ['edge'],
    'From being stored in the log to being heard here: the clock of this machine minus that of the NATS server that ' +
      'leads the stream; of one event in 16',
    seconds,
  ),
  mongo_connected: gauge(withMongo, '1 while MongoDB has a primary that is reached'),
  mongo_connections: gauge(withMongo, 'Open connections to MongoDB'),
  mongo_connections_in_use: gauge(withMongo, 'Of them those that work for somebody'),
  mongo_waiting: gauge(withMongo, 'Operations that wait for a connection'),
  mongo_check_out_failures_total: counter(withMongo, 'Operations that got no connection in time'),
  access_too_large_total: counter(
    withMongo,
    'Access entries written empty, of users with some ten thousand rooms: edges let them into none; take them out of ' +
      'rooms, then `npm run rebuild-access`',
  ),
} as const;
