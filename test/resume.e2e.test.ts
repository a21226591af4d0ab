import type { LocalSystem } from '@gapless/shared/local';
import type { RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { lastSequence, trimStream } from './actors/nats-admin.ts';
import { joinRoom, type Person, roomOf, signUp } from './actors/person.ts';
import { chainFaults, openDatabase, rowsOf } from './actors/record.ts';
import { sendAll } from './actors/sender.ts';
import { type EventFrame, openRaw, type Socket } from './actors/socket.ts';
import { aSystem, textsOf, urlsOf } from './actors/system.ts';

const stream = 'ROOM_0';

/** Connected, and resumed from these cursors: back when every one of those rooms is live. */
async function resume(url: string, person: Person, since: Readonly<Record<RoomId, number>>): Promise<Socket> {
  const socket = await openRaw(url);
  const hi = await socket.request({ t: 'hello', tok: person.token, since });
  if (hi.t !== 'hi') throw new Error(`hello answered ${JSON.stringify(hi)}`);
  const live = () => new Set(socket.frames.filter(({ t }) => t === 'live').map((frame) => frame['r']));
  await socket.until('the rooms to be live', () => Object.keys(since).every((room) => live().has(room)));
  return socket;
}

/** What the log and MongoDB hold of a room, all kinds: what a client that was never away would have seen. */
async function eventsBehind(t: Test, system: LocalSystem, room: RoomId, cursor: number): Promise<number[]> {
  const db = await openDatabase(t, system);
  const last = await lastSequence(system.nats.url, stream);
  const watermarks = db.collection<{ _id: string; seq: number }>('watermarks');
  await until('all to be in MongoDB', async () => ((await watermarks.findOne({ _id: stream }))?.seq ?? 0) >= last);
  return (await rowsOf(db, room)).map(({ s }) => s).filter((s) => s > cursor);
}

function expectWhole(t: Test, events: readonly EventFrame[], seqs: readonly number[], cursor: number, from: string) {
  t.strictSame(
    events.map(({ s }) => s),
    seqs,
    `${from}: every event once, in order, under its number`,
  );
  t.equal(events[0]?.p, cursor, 'the first one names my cursor');
  t.strictSame(chainFaults(events), [], 'in an unbroken chain');
}

const system = await aSystem(t);

t.test(
  'resume: from the ring, from the log behind a restart of all edges, from MongoDB when the log forgot',
  async (t) => {
    const [owner, other, third] = await Promise.all(Array.from({ length: 3 }, () => signUp(system.api.url)));
    if (owner === undefined || other === undefined || third === undefined) throw new Error('nobody there');
    const { id: room } = await roomOf(owner, other);
    const urls = urlsOf(system);
    const say = (who: string, count: number) =>
      sendAll({ person: owner, urls, room, texts: textsOf(who, count), width: 4 });

    const first = await resume(urls[0] as string, other, { [room]: 0 });
    const cursor = first.events(room).at(-1)?.s as number;
    await first.close();
    await say('while I was away', 30);
    await joinRoom(third, room);
    const missed = await eventsBehind(t, system, room, cursor);
    t.equal(missed.length, 31, 'messages and a membership');

    for (const url of urls) {
      const socket = await resume(url, other, { [room]: cursor });
      expectWhole(t, socket.events(room), missed, cursor, 'on either edge');
      await socket.close();
    }
    await Promise.all(system.edges.map((edge) => edge.kill9()));
    await Promise.all(system.edges.map((edge) => edge.start()));
    const behindRestart = await resume(urls[0] as string, other, { [room]: cursor });
    expectWhole(t, behindRestart.events(room), missed, cursor, 'behind a restart of all edges');

    await trimStream(system.nats.url, stream, missed[19] as number);
    await Promise.all(system.edges.map((edge) => edge.kill9()));
    await Promise.all(system.edges.map((edge) => edge.start()));
    const behindTrim = await resume(urls[1] as string, other, { [room]: cursor });
    expectWhole(t, behindTrim.events(room), missed, cursor, 'from MongoDB and the log');

    await system.mongo.kill9();
    const withoutMongo = await resume(urls[1] as string, other, { [room]: cursor });
    t.match(
      withoutMongo.frames.filter(({ t }) => t === 'lag'),
      [{ r: room, from: cursor + 1, to: missed[19], retry: Number }],
      'MongoDB is away: what only it holds is named',
    );
    t.strictSame(
      withoutMongo.events(room).map(({ s }) => s),
      missed.slice(20),
    );
    const inTheLog = await resume(urls[0] as string, other, { [room]: missed[22] as number });
    expectWhole(t, inTheLog.events(room), missed.slice(23), missed[22] as number, 'inside the log, without MongoDB');
    const [live] = await say('live', 1);
    await withoutMongo.until('a live message', () => withoutMongo.events(room).at(-1)?.s === live?.seq);
    t.strictSame(chainFaults(withoutMongo.events(room)), []);

    await system.mongo.start();
    await trimStream(system.nats.url, stream, (await lastSequence(system.nats.url, stream)) - 1);
    await until('the api to answer', async () => (await other.get(`/v1/rooms/${room}/messages`)).status === 200);
    const wholeAgain = await eventsBehind(t, system, room, cursor);
    const later = await resume(urls[0] as string, other, { [room]: cursor });
    expectWhole(t, later.events(room), wholeAgain, cursor, 'when it is back');
  },
);

t.test('too much for a replay is paged: lag names the range, hist gives it, nothing is missing', async (t) => {
  const small = await aSystem(t, { settings: { edge: { replayEvents: 100, ringEvents: 10 } } });
  const [owner, other] = await Promise.all([signUp(small.api.url), signUp(small.api.url)]);
  const { id: room } = await roomOf(owner, other);
  const url = urlsOf(small)[0] as string;
  const sent = await sendAll({ person: owner, urls: [url], room, texts: textsOf('much', 600), width: 20 });
  const socket = await resume(url, other, { [room]: 0 });
  const lag = socket.frames.find(({ t }) => t === 'lag') as unknown as { from: number; to: number };
  const seen = socket
    .events(room)
    .filter(({ t }) => t === 'msg')
    .map(({ s }) => s);
  for (let after: number | undefined = lag.from - 1; after !== undefined && after < lag.to; ) {
    const page = await socket.request({ t: 'hist', r: room, after, n: 100 });
    t.equal(page.t, 'hist');
    seen.push(...(page['ev'] as { s: number }[]).map(({ s }) => s).filter((s) => s <= lag.to));
    after = page['next'] as number | undefined;
  }
  t.strictSame(
    seen,
    sent.map(({ seq }) => seq).sort((a, b) => a - b),
  );
});

t.test('one was removed meanwhile; a hundred rooms with fifty missed events each', async (t) => {
  const [owner, other] = await Promise.all([signUp(system.api.url), signUp(system.api.url)]);
  const urls = urlsOf(system);
  const left = await roomOf(owner, other);
  await other.post(`/v1/rooms/${left.id}/leave`);
  const rooms: RoomId[] = [];
  for (let n = 0; n < 100; n++) rooms.push((await roomOf(owner, other)).id);
  const head = await lastSequence(system.nats.url, stream);
  const sent = new Map<RoomId, number[]>();
  for (const room of rooms) {
    const acknowledged = await sendAll({
      person: owner,
      urls: [urls[0] as string],
      room,
      texts: textsOf('x', 50),
      width: 25,
    });
    sent.set(
      room,
      acknowledged.map(({ seq }) => seq).sort((a, b) => a - b),
    );
  }
  const since = Object.fromEntries([...rooms, left.id].map((room) => [room, head])) as Record<RoomId, number>;
  const took: number[] = [];
  for (let round = 0; round < 5; round++) {
    const socket = await openRaw(urls[round % 2] as string);
    const began = performance.now();
    await socket.request({ t: 'hello', tok: other.token, since });
    await socket.until('all to be live', () => socket.frames.filter(({ t }) => t === 'live').length === 100);
    took.push(Math.round(performance.now() - began));
    t.strictSame(
      socket.frames.filter(({ t }) => t === 'removed'),
      [{ t: 'removed', r: left.id }],
    );
    t.strictSame(
      rooms.filter((room) => JSON.stringify(socket.events(room).map(({ s }) => s)) !== JSON.stringify(sent.get(room))),
      [],
      'every room is whole',
    );
    t.strictSame(
      rooms.flatMap((room) => chainFaults(socket.events(room))),
      [],
    );
    await socket.close();
  }
  t.comment(`100 rooms with 50 missed events each: ${took.join(', ')} ms`);
  t.ok(Math.min(...took) < 2_000);
});
