import { type Bus, createMemoryBus, decodeEvent, encodeEvent, eventId, messageEvent } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { type ClientId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import type { Db } from 'mongodb';
import t, { type Test } from 'tap';
import { startApi, type TestApi, type TestUser } from './support/api.ts';

const mongo = await startMongo(t);

const textOf = (n: number) => `message ${n}`;

async function say(bus: Bus, room: RoomId, user: UserId, n: number, clientId = newId<never>() as ClientId) {
  const event = messageEvent({ room, user, at: 1_800_000_000_000 + n, clientId, body: { text: textOf(n) } });
  const id = `${eventId(room, user, 'msg', clientId)}:${n}`;
  return (await bus.log.append({ room, id, lane: room, bytes: encodeEvent(event) })).seq;
}

/** Does what the log worker does, as far as history sees it. */
async function write(db: Db, bus: Bus, room: RoomId, from: number, to: number): Promise<void> {
  const logged = await bus.log.readRoom(room, from, 100_000);
  const rows = logged
    .filter(({ seq }) => seq <= to)
    .map(({ seq, bytes }) => {
      const event = decodeEvent(bytes);
      const shared = { r: room, s: seq, u: event.u, k: event.t, at: new Date(event.at), ver: seq };
      const raw = Buffer.from(bytes).toString();
      return {
        _id: `${room}:${String(seq).padStart(16, '0')}`,
        ...shared,
        raw,
        ...(event.t === 'msg' && { c: event.c }),
      };
    });
  if (rows.length > 0) await db.collection<{ _id: string }>('events').insertMany(rows);
}

const mark = (db: Db, seq: number) =>
  db.collection<{ _id: string }>('watermarks').updateOne({ _id: 'ROOM_0' }, { $set: { seq } }, { upsert: true });

interface Setting {
  readonly api: TestApi;
  readonly db: Db;
  readonly user: TestUser;
  readonly room: RoomId;
  readonly path: string;
}

async function setting(t: Test, bus: Bus = createMemoryBus()): Promise<Setting> {
  const api = await startApi(t, mongo.url, { bus });
  const user = await api.signUp();
  const room = await api.room(user);
  return { api, db: api.mongo.db(api.config.mongoDatabase), user, room, path: `/v1/rooms/${room}/messages` };
}

const sequences = (body: { items: { sequence: number }[] }) => body.items.map(({ sequence }) => sequence);

/** Pages through everything, newest first. */
async function all({ api, path, user }: Setting, limit: number): Promise<number[]> {
  const seen: number[] = [];
  let before = '';
  for (;;) {
    const { status, body } = await api.get(`${path}?limit=${limit}${before}`, user.token);
    if (status !== 200) throw new Error(`history answered ${status}`);
    seen.push(...sequences(body));
    if (body.next === undefined) return seen;
    before = `&before=${body.next}`;
  }
}

t.test('history is whole wherever the log worker stands', async (t) => {
  const here = await setting(t);
  const { api, db, user, room, path } = here;
  const other = await api.room(user, 'another room');
  const own: number[] = [];
  for (let n = 0; n < 60; n++) {
    own.push(await say(api.bus, room, user.id, n));
    if (n % 3 === 0) await say(api.bus, other, user.id, n);
  }
  const expected = own.toReversed();
  const last = own.at(-1) as number;

  t.same(await all(here, 7), expected, 'nothing is written yet');
  await write(db, api.bus, room, 1, own[19] as number);
  await mark(db, own[19] as number);
  t.same(await all(here, 7), expected, 'a part is written');
  await write(db, api.bus, room, (own[19] as number) + 1, own[39] as number);
  t.same(await all(here, 7), expected, 'rows above the watermark are there as well');
  await mark(db, own[39] as number);
  await api.bus.streams.trim('ROOM_0', own[30] as number);
  t.same(await all(here, 100), expected, 'the log has let go of what is written');
  await write(db, api.bus, room, (own[39] as number) + 1, last);
  await mark(db, last + 50);
  await api.bus.streams.trim('ROOM_0', last);
  t.same(await all(here, 60), expected, 'the log is empty');

  const { body } = await api.get(`${path}?limit=1`, user.token);
  t.match(body.items[0], { sequence: last, kind: 'msg', user: user.id, body: { text: textOf(59) } });
  t.equal(body.items[0].at, new Date(1_800_000_000_059).toISOString());
  t.type(body.items[0].clientId, 'string');
});

t.test('`after` reads on from a cursor, across the watermark', async (t) => {
  const { api, db, user, room, path } = await setting(t);
  const own: number[] = [];
  for (let n = 0; n < 20; n++) own.push(await say(api.bus, room, user.id, n));
  await write(db, api.bus, room, 1, own[9] as number);
  await mark(db, own[9] as number);
  const seen: number[] = [];
  let after = 0;
  for (let pages = 0; pages < 4; pages++) {
    const { body } = await api.get(`${path}?limit=6&after=${after}`, user.token);
    t.same(
      sequences(body),
      sequences(body).toSorted((a, b) => b - a),
      'newest first',
    );
    seen.push(...sequences(body).reverse());
    after = body.next;
    t.equal(after === undefined, pages === 3);
  }
  t.same(seen, own);
  const between = await api.get(`${path}?after=${own[4]}&before=${own[12]}`, user.token);
  t.same(sequences(between.body), own.slice(5, 12).reverse());
});

t.test('a tail longer than any page of the log is found from its end', async (t) => {
  const here = await setting(t);
  const { api, user, room, path } = here;
  const other = await api.room(user, 'a louder room');
  const own: number[] = [];
  for (let n = 0; n < 1_500; n++) {
    if (n % 5 === 0) own.push(await say(api.bus, room, user.id, n));
    else await say(api.bus, other, user.id, n);
  }
  let read = 0;
  const { readRoom } = api.bus.log;
  t.intercept(api.bus.log, 'readRoom', {
    value: async (...args: Parameters<typeof readRoom>) => {
      const page = await readRoom(...args);
      read += page.length;
      return page;
    },
  });
  const { body } = await api.get(`${path}?limit=50`, user.token);
  t.same(sequences(body), own.slice(-50).reverse());
  t.ok(read < own.length, `read ${read} of ${own.length} events`);
  t.same(await all(here, 100), own.toReversed());
});

t.test('a duplicate that landed again is shown once', async (t) => {
  const here = await setting(t);
  const { api, db, user, room } = here;
  const clientId = newId<never>() as ClientId;
  const first = await say(api.bus, room, user.id, 1, clientId);
  const between = await say(api.bus, room, user.id, 2);
  const again = await say(api.bus, room, user.id, 3, clientId);
  t.same(await all(here, 10), [between, first], 'both in the log');
  await write(db, api.bus, room, 1, between);
  await mark(db, between);
  t.same(await all(here, 10), [between, first], 'the first one written');
  const dup = { _id: `${room}:${String(again).padStart(16, '0')}`, r: room, s: again, u: user.id, k: 'msg' };
  const raw = { at: new Date(), raw: '{"v":1,"t":"msg","b":{"text":"x"}}', dc: clientId, dupOf: first, ver: again };
  await db.collection<{ _id: string }>('events').insertOne({ ...dup, ...raw });
  t.same(await all(here, 10), [between, first], 'both written, the watermark behind');
  await mark(db, again);
  t.same(await all(here, 2), [between, first], 'both written');
});

t.test('what the worker has folded is what is shown', async (t) => {
  const { api, db, user, room, path } = await setting(t);
  const seq = await say(api.bus, room, user.id, 1);
  await write(db, api.bus, room, 1, seq);
  await db.collection('events').updateOne({ r: room, s: seq }, { $set: { cur: { text: 'edited' } } });
  t.equal((await api.get(path, user.token)).body.items[0].body.text, 'edited');
});

t.test('history is for members', async (t) => {
  const { api, path, user, room } = await setting(t);
  const stranger = await api.signUp();
  t.match(await api.get(path, stranger.token), { status: 403, body: { code: 'not_member' } });
  const nowhere = `/v1/rooms/${'0'.repeat(26)}/messages`;
  t.match(await api.get(nowhere, stranger.token), { status: 404, body: { code: 'not_found' } });
  await api.post(`/v1/rooms/${room}/join`, {}, stranger.token);
  t.equal((await api.get(path, stranger.token)).status, 200);
  await api.post(`/v1/rooms/${room}/leave`, {}, stranger.token);
  t.equal((await api.get(path, stranger.token)).status, 403);
  t.equal((await api.get(path, user.token)).status, 200);
});

t.test('while the log is away pages of what is written answer, others say so', async (t) => {
  const { api, db, user, room, path } = await setting(t);
  const own: number[] = [];
  for (let n = 0; n < 10; n++) own.push(await say(api.bus, room, user.id, n));
  await write(db, api.bus, room, 1, own[5] as number);
  await mark(db, own[5] as number);
  const away = { value: async () => Promise.reject(new Failure('log_unavailable')) };
  t.intercept(api.bus.log, 'heads', away);
  t.intercept(api.bus.log, 'readRoom', away);
  const refused = { status: 503, body: { type: 'urn:gapless:problem:log_unavailable', code: 'unavailable' } };
  t.match(await api.get(path, user.token), refused);
  t.match(await api.get(`${path}?before=${own[8]}`, user.token), refused);
  const older = await api.get(`${path}?before=${(own[5] as number) + 1}`, user.token);
  t.same(sequences(older.body), own.slice(0, 6).reverse());
  const next = await api.get(`${path}?after=0&limit=3`, user.token);
  t.same(sequences(next.body), own.slice(0, 3).reverse());
});

t.test('commands of the edges', async (t) => {
  const { api, db, user, room } = await setting(t);
  const call = (name: string, payload: unknown) => api.bus.commands.call(name, payload);

  t.test('`access.find` answers who may use which room, and enters it', async (t) => {
    const entry = await api.bus.access.read(user.id);
    await api.bus.access.write(user.id, {}, entry?.revision ?? 0);
    const expected = { [room]: { role: 'owner', ver: 2, since: 2 } };
    t.same(await call('access.find', { u: user.id }), { rooms: expected });
    t.same((await api.bus.access.read(user.id))?.rooms, expected);
    t.same(await call('access.find', { u: newId() }), { rooms: {} });
  });

  t.test('`messages.find` finds what was stored under a client id, written or not', async (t) => {
    const ids = [newId<never>(), newId<never>()] as [ClientId, ClientId];
    const key = { r: room, u: user.id, k: 'msg' };
    const [first, second] = [
      await say(api.bus, room, user.id, 1, ids[0]),
      await say(api.bus, room, user.id, 2, ids[1]),
    ];
    await write(db, api.bus, room, 1, first);
    await mark(db, first);
    await api.bus.streams.trim('ROOM_0', first);
    const found = (await call('messages.find', { ...key, c: ids[0] })) as { s: number; at: number; raw: string };
    t.match(found, { s: first, at: 1_800_000_000_001 });
    t.match(JSON.parse(found.raw), { c: ids[0], b: { text: textOf(1) } });
    t.match(await call('messages.find', { ...key, c: ids[1] }), { s: second, at: 1_800_000_000_002 });
    t.equal(await call('messages.find', { ...key, c: newId() }), null);
  });

  t.test('a request that is none is refused', async (t) => {
    const refused = new Failure('invalid_request');
    await t.rejects(call('access.find', { u: 'nobody' }), refused);
    await t.rejects(call('messages.find', { r: room }), refused);
  });
});

t.test('who knows of an event that the log does not show is told so, not that nothing is there', async (t) => {
  const api = await startApi(t, mongo.url);
  const ann = await api.signUp();
  const room: RoomId = (await api.post('/v1/rooms', { name: 'a room' }, ann.token)).body.id;
  const c = 'client-id-0000000001';
  const event = { v: 1, t: 'msg', r: room, u: ann.id, at: Date.now(), c, b: { text: 'the newest' } };
  const bytes = Buffer.from(JSON.stringify(event));
  const { seq } = await api.bus.log.append({ room, id: `${room}:${c}`, lane: room, bytes });
  const page = (head: number) => api.bus.commands.call('history.page', { u: ann.id, r: room, limit: 50, head });
  t.match(await page(seq), { ev: [{ s: seq }] });
  await t.rejects(page(seq + 1), { code: 'unavailable' });
});
