import { newId, type RoomId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import type { Db } from 'mongodb';
import t, { type Test } from 'tap';
import { createRoomStore } from '../src/repositories/rooms.ts';
import { startApi, type TestApi, type TestUser } from './support/api.ts';
import { explain } from './support/explain.ts';

const mongo = await startMongo(t);

interface Shown {
  readonly id: string;
  readonly unread?: number;
}

/** What the log worker writes of a message. */
async function wrote(db: Db, room: string, seq: number, user: string, at: number, answer?: object): Promise<void> {
  const row = { _id: `${room}:${String(seq).padStart(16, '0')}`, r: room, s: seq, u: user, k: 'msg', at: new Date(at) };
  await db.collection<{ _id: string }>('events').insertOne({ ...row, raw: '{}', ver: seq, ...answer } as never);
  const last = { s: seq, u: user, at: new Date(at), text: 'hello' };
  await db.collection<{ _id: string }>('rooms').updateOne({ _id: room }, { $set: { last } });
}

const historyIndex = (db: Db) =>
  db.collection('events').createIndex({ r: 1, s: 1 }, { partialFilterExpression: { k: 'msg' }, name: 'history' });

async function walk(
  api: TestApi,
  path: string,
  token: string,
  between: () => Promise<void> = async () => undefined,
): Promise<Shown[]> {
  const seen: Shown[] = [];
  for (let next: string | undefined = ''; next !== undefined; ) {
    const { body } = await api.get(
      `${path}${path.includes('?') ? '&' : '?'}limit=3${next && `&cursor=${next}`}`,
      token,
    );
    seen.push(...body.items);
    next = body.next;
    await between();
  }
  return seen;
}

const ids = (shown: readonly Shown[]) => shown.map(({ id }) => id);

t.test('my rooms', async (t) => {
  const api = await startApi(t, mongo.url);
  const db = api.mongo.db(api.config.mongoDatabase);
  await historyIndex(db);
  const [owner, friend] = [await api.signUp(), await api.signUp()];
  const groups: RoomId[] = [];
  for (let n = 0; n < 7; n++) groups.push(await api.room(owner, `group ${n}`));
  const direct = (await api.post('/v1/rooms/direct', { user: friend.id }, owner.token)).body.id as RoomId;
  const all = [direct, ...groups.toReversed()];

  t.test('come with the last activity first, and by kind', async (t) => {
    t.same(ids(await walk(api, '/v1/rooms', owner.token)), all);
    t.same(ids(await walk(api, '/v1/rooms?kind=direct', owner.token)), [direct]);
    t.same(ids(await walk(api, '/v1/rooms?kind=group', owner.token)), groups.toReversed());
    await wrote(db, groups[0] as string, 50, owner.id, Date.now() + 1_000);
    t.same(ids(await walk(api, '/v1/rooms', owner.token)), [groups[0], ...all.slice(0, -1)]);
  });

  t.test('come at most once in a walk, whatever moves meanwhile, and all that stays comes', async (t) => {
    let at = Date.now() + 10_000;
    let seq = 100;
    const moved: string[] = [];
    const shown = ids(
      await walk(api, '/v1/rooms', owner.token, async () => {
        const room = groups[(seq * 3) % groups.length] as string;
        moved.push(room);
        await wrote(db, room, seq++, owner.id, at++);
      }),
    );
    t.equal(new Set(shown).size, shown.length);
    for (const room of all.filter((id) => !moved.includes(id))) t.ok(shown.includes(room));
    const [newest] = ids(await walk(api, '/v1/rooms', owner.token));
    t.equal(newest, moved.at(-1), 'what moved stands where a new walk begins');
  });

  t.test('tell what is unread since I came in, above my mark, to a hundred', async (t) => {
    const room = groups[1] as string;
    await api.post(`/v1/rooms/${room}/join`, {}, friend.token);
    const { since } = (await api.bus.access.read(friend.id))?.rooms[room as RoomId] ?? { since: 0 };
    const unread = async () => (await api.get(`/v1/rooms/${room}`, friend.token)).body.unread;
    t.equal(await unread(), 0, 'what was there before is nothing new');
    for (let n = 1; n <= 4; n++) await wrote(db, room, since + n, owner.id, Date.now());
    t.equal(await unread(), 4);
    const th = `${room}:${String(since + 1).padStart(16, '0')}`;
    await wrote(db, room, since + 400, owner.id, Date.now(), { th });
    t.equal(await unread(), 4, 'an answer that only its thread shows is not of the room');
    await wrote(db, room, since + 401, owner.id, Date.now(), { th, also: true });
    t.equal(await unread(), 5, 'one that the room shows as well is');
    await db.collection('events').deleteMany({ r: room, s: { $gte: since + 400 } });
    const reads = db.collection<{ _id: string }>('reads');
    const mark = { r: room, u: friend.id, read: since + 3, recv: since + 3, at: new Date() };
    await reads.updateOne({ _id: `${room}:${friend.id}` }, { $set: mark }, { upsert: true });
    t.equal(await unread(), 1);
    for (let n = 5; n <= 120; n++) await wrote(db, room, since + n, owner.id, Date.now());
    t.equal(await unread(), 100);
    const listed = (await api.get('/v1/rooms', friend.token)).body.items.find(({ id }: Shown) => id === room);
    t.equal(listed.unread, 100);
  });

  t.test('a cursor that nobody gave is refused', async (t) => {
    for (const cursor of [
      'x',
      Buffer.from('1.2.3').toString('base64url'),
      Buffer.from(`-1.2.${direct}`).toString('base64url'),
    ]) {
      t.match(await api.get(`/v1/rooms?cursor=${cursor}`, owner.token), { status: 400, body: { code: 'bad_cursor' } });
    }
  });
});

t.test('public groups', async (t) => {
  const api = await startApi(t, mongo.url);
  const [owner, stranger] = [await api.signUp(), await api.signUp()];
  const names = ['Lobby', 'LOBBY two', 'lobster', 'Ｌobby wide', 'Other', '가족', '가게'];
  const made: string[] = [];
  for (const name of names) made.push(await api.room(owner, name));
  const hidden = await api.post('/v1/rooms', { name: 'Lobby of mine', visibility: 'private' }, owner.token);
  const archived = await api.room(owner, 'Lobby of old');
  await api.request('PUT', `/v1/rooms/${archived}/archive`, owner.token);
  const shownNames = async (name: string) =>
    (await walk(api, `/v1/rooms/public?name=${encodeURIComponent(name)}`, stranger.token)).map(
      (room) => (room as unknown as { name: string }).name,
    );

  t.test('are found by how their names begin, however they are spelt', async (t) => {
    t.same(await shownNames('lob'), ['Lobby', 'LOBBY two', 'Ｌobby wide', 'lobster']);
    t.same(await shownNames('LOBBY t'), ['LOBBY two']);
    t.same(new Set(await shownNames('가')), new Set(['가족', '가게']));
    t.same(await shownNames('.*'), []);
  });

  t.test('come the newest first without a name, and show strangers no more than that', async (t) => {
    const shown = await walk(api, '/v1/rooms/public', stranger.token);
    t.same(ids(shown), made.toReversed());
    t.notOk(shown.some((room) => 'role' in room || 'last' in room));
    t.notOk(ids(shown).includes(hidden.body.id));
  });

  t.test('come page by page however long their names are', async (t) => {
    for (let n = 0; n < 7; n++) await api.room(owner, `${'값'.repeat(79)}${n}`);
    t.equal((await shownNames('값')).length, 7);
  });
});

t.test('members come by role', async (t) => {
  const api = await startApi(t, mongo.url);
  const owner = await api.signUp();
  const room = await api.room(owner);
  const guests: TestUser[] = await Promise.all(Array.from({ length: 5 }, () => api.signUp()));
  await api.post(`/v1/rooms/${room}/members`, { users: guests.map(({ id }) => id) }, owner.token);
  for (const { id } of guests.slice(0, 4)) {
    await api.request('PUT', `/v1/rooms/${room}/members/${id}/role`, owner.token, { role: 'moderator' });
  }
  const shown = await walk(api, `/v1/rooms/${room}/members?role=moderator`, owner.token);
  const users = shown.map((member) => (member as unknown as { user: string }).user);
  t.same(
    users,
    guests
      .slice(0, 4)
      .map(({ id }) => id)
      .sort(),
  );
});

t.test('no list scans a collection or sorts in memory', async (t) => {
  const api = await startApi(t, mongo.url);
  const db = api.mongo.db(api.config.mongoDatabase);
  await historyIndex(db);
  const owner = await api.signUp();
  const rooms: RoomId[] = [];
  for (let n = 0; n < 5; n++) rooms.push(await api.room(owner, `room ${n}`));
  const [room = newId<RoomId>()] = rooms;
  await api.get('/v1/rooms', owner.token);
  for (let n = 1; n <= 400; n++) await wrote(db, room, 100 + n, owner.id, n);
  const store = createRoomStore(db);
  const asked: [string, () => Promise<unknown>][] = [
    ['membershipsOf', () => store.membershipsOf(owner.id, 10)],
    ['activity', () => store.activity(rooms)],
    ['withIds', () => store.withIds(rooms)],
    ['membersOf', () => store.membersOf(room, { limit: 10, above: owner.id })],
    ['membersOf a role', () => store.membersOf(room, { limit: 10, role: 'owner' })],
    ['bansOf', () => store.bansOf(room, { limit: 10 })],
    ['public, newest', () => store.publicRooms({ limit: 10 })],
    ['public, by name', () => store.publicRooms({ limit: 10, prefix: 'room', after: { key: 'room 1', id: room } })],
    ['withNumber', () => store.withNumber(1)],
    ['directOf', () => store.directOf(owner.id, owner.id)],
    ['membership', () => store.membership(room, owner.id)],
  ];
  for (const [name, ask] of asked) await t.resolves(explain(db, ask), name);
  await countsByIndex(t, db, () =>
    store.unread(
      owner.id,
      rooms.map((id) => ({ room: id, after: 100 })),
      100,
    ),
  );
  const left = () => api.post(`/v1/rooms/${room}/leave`, {}, owner.token);
  t.ok((await explain(db, left)).length > 0, 'nor does a change of who is in');
});

async function countsByIndex(t: Test, db: Db, count: () => Promise<unknown>): Promise<void> {
  await db.collection('system.profile').drop();
  await db.setProfilingLevel('all');
  await count();
  await db.setProfilingLevel('off');
  const [counted] = await db.collection('system.profile').find({ 'command.aggregate': 'events' }).toArray();
  t.ok(
    counted?.['docsExamined'] <= 300,
    'of each room three times as many messages are looked at as are told, at most',
  );
  t.ok(counted?.['keysExamined'] >= 100 && counted?.['keysExamined'] <= 310, 'nor more of the index');
}
