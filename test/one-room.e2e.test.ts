import t from 'tap';
import { call, roomOf, signUp } from './actors/person.ts';
import { chainFaults, expectKept, openDatabase } from './actors/record.ts';
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
    const admin = people[1] as (typeof people)[0];
    const db = await openDatabase(t, system);
    await db.collection<{ _id: string }>('users').updateOne({ _id: admin.id }, { $set: { role: 'admin' } });
    const traced = acknowledged[1_990] as (typeof acknowledged)[0];
    const trace = await call<Trace>(
      system.api.adminApiUrl,
      'GET',
      `/v1/admin/rooms/${room.id}/messages/${traced.seq}/trace`,
      undefined,
      admin.token,
    );
    t.match(trace, {
      status: 200,
      body: {
        ...{ sequence: traced.seq, user: traced.user, clientId: traced.clientId, kind: 'msg' },
        stages: {
          takenIn: { by: /^edge@.+:\d+$/ },
          stored: { stream: /^ROOM_\d+$/, unknown: undefined },
          persisted: { done: true },
          superseded: {},
        },
      },
    });
    const { takenIn, stored, fannedOut, persisted } = trace.body.stages;
    t.same(new Set(fannedOut.items.map(({ by }) => by)).size, 2, 'both edges say when they sent it out');
    const times = [takenIn, stored, ...fannedOut.items, persisted].map(({ when }) => Date.parse(when));
    t.ok(
      times.every((time) => Math.abs(time - (times[0] as number)) < 60_000),
      'each stage has its time',
    );
    t.notMatch(JSON.stringify(trace.body), traced.text, 'and nothing of what it says');
    const { user, clientId } = traced;
    const byId = `/v1/admin/rooms/${room.id}/trace?user=${user}&clientId=${clientId}`;
    const same = await call<Trace>(system.api.adminApiUrl, 'GET', byId, undefined, admin.token);
    t.same(same.body.stages.stored, stored, 'also by its client id');
    const strangers = await call(system.api.url, 'GET', byId, undefined, admin.token);
    t.equal(strangers.status, 404, 'and nowhere but at the admin listener');

    const api = await expectMetrics(t, 'api', system.apis[0]?.adminUrl);
    t.ok(figureOf(api, 'api_request_seconds_count', 'command="rooms.create"') >= 1);
    const worker = await expectMetrics(t, 'log-worker', system.workers[0]?.adminUrl);
    t.ok(figureOf(worker, 'events_written_total') >= 2_000);
    t.ok(figureOf(worker, 'event_persisted_seconds_count') >= 1);
    t.equal(figureOf(worker, 'log_missing_events'), 0);
  },
);

interface Trace {
  readonly stages: {
    readonly takenIn: Stage;
    readonly stored: Stage;
    readonly fannedOut: { readonly items: readonly (Stage & { readonly by: string })[] };
    readonly persisted: Stage;
  };
}

interface Stage {
  readonly when: string;
}
