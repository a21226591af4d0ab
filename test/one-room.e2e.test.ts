import t from 'tap';
import { roomOf, signUp } from './actors/person.ts';
import { chainFaults, expectKept } from './actors/record.ts';
import { expectMetrics, figureOf } from './actors/scrape.ts';
import { sendAll } from './actors/sender.ts';
import { connect } from './actors/socket.ts';
import { aSystem, textsOf, urlsOf } from './actors/system.ts';

t.test(
  'twenty clients on two edges see 2,000 messages of four senders in one order, and so do history and MongoDB',
  async (t) => {
    const system = await aSystem(t);
    const people = await Promise.all(Array.from({ length: 20 }, () => signUp(system.api.url)));
    const [owner, ...others] = people as [(typeof people)[0], ...typeof people];
    const room = await roomOf(owner, ...others);
    const urls = urlsOf(system);
    const readers = await Promise.all(people.map((person, n) => connect(urls[n % urls.length] as string, person)));

    const senders = people.slice(0, 4);
    const sent = await Promise.all(
      senders.map((person, n) =>
        sendAll({
          person,
          urls: [urls[n % urls.length] as string],
          room: room.id,
          texts: textsOf(person.nickname, 500),
          width: 25,
        }),
      ),
    );
    const acknowledged = sent.flat().sort((a, b) => a.seq - b.seq);
    t.equal(acknowledged.length, 2_000);

    const messagesOf = (reader: (typeof readers)[0]) => reader.events(room.id).filter(({ t }) => t === 'msg');
    await Promise.all(
      readers.map((reader) => reader.until('2,000 messages', () => messagesOf(reader).length >= 2_000)),
    );
    const order = acknowledged.map(({ seq, clientId }) => [seq, clientId]);
    for (const reader of readers) {
      t.strictSame(
        messagesOf(reader).map(({ s, c }) => [s, c]),
        order,
        'every client sees the order of the log',
      );
      t.strictSame(chainFaults(reader.events(room.id)), [], 'in an unbroken chain');
    }
    await expectKept(t, system, owner, room.id, acknowledged);

    for (const edge of system.edges) {
      const text = await expectMetrics(t, 'edge', edge.adminUrl);
      t.ok(figureOf(text, 'edge_events_total') >= 2_000, 'each edge sent every message out');
      t.ok(figureOf(text, 'edge_frames_total', 'op="send"') >= 1_000, 'and took half of them');
      t.ok(figureOf(text, 'edge_send_seconds_count') >= 1_000, 'each of them timed');
      t.ok(figureOf(text, 'bus_append_seconds_count') >= 1_000);
      t.ok(figureOf(text, 'bus_live_seconds_count') >= 100, 'some of them from the log to here');
      t.equal(figureOf(text, 'ready'), 1);
    }
    const api = await expectMetrics(t, 'api', system.apis[0]?.adminUrl);
    t.ok(figureOf(api, 'api_request_seconds_count', 'command="rooms.create"') >= 1);
    const worker = await expectMetrics(t, 'log-worker', system.workers[0]?.adminUrl);
    t.ok(figureOf(worker, 'events_written_total') >= 2_000);
    t.ok(figureOf(worker, 'event_persisted_seconds_count') >= 1);
    t.equal(figureOf(worker, 'log_missing_events'), 0);
  },
);
