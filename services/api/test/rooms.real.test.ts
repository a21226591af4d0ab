import { decodeEvent } from '@gapless/shared/bus';
import type { RoomId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { startApi, type TestApi, type TestUser } from './support/api.ts';

const mongo = await startMongo(t);

const eventsOf = async ({ bus }: TestApi, room: RoomId) =>
  (await bus.log.readRoom(room, 1, 1_000)).map(({ bytes }) => decodeEvent(bytes));

const signUpMany = (api: TestApi, count: number): Promise<TestUser[]> =>
  Promise.all(Array.from({ length: count }, () => api.signUp()));

/** What the store says must be what the edges are told. */
async function accessMatches(t: Test, api: TestApi, users: readonly TestUser[]): Promise<void> {
  const members = api.mongo.db(api.config.mongoDatabase).collection<{ u: string; r: string; out: boolean }>('members');
  for (const user of users) {
    const rows = await members.find({ u: user.id, out: false }).toArray();
    const entry = await api.bus.access.read(user.id);
    const expected = Object.fromEntries(
      rows.map(({ r, role, ver, since }: Record<string, unknown>) => [r, { role, ver, since }]),
    );
    t.same(entry?.rooms ?? {}, expected);
  }
}

t.test('creating a room', async (t) => {
  const api = await startApi(t, mongo.url);
  const owner = await api.signUp();
  const { status, body, headers } = await api.post('/v1/rooms', { name: 'Lobby' }, owner.token);
  t.equal(status, 201);
  t.equal(headers['location'], `/v1/rooms/${body.id}`);
  t.match(body, { kind: 'group', name: 'Lobby', number: 1, members: 1, createdBy: owner.id, role: 'owner' });

  const [made, joined] = await eventsOf(api, body.id);
  t.match(made, { v: 1, t: 'room', r: body.id, u: owner.id, name: 'Lobby', no: 1, kind: 'group' });
  t.match(joined, { v: 1, t: 'mem', op: 'join', us: [owner.id], ver: 2 });
  t.same((await api.bus.access.read(owner.id))?.rooms, { [body.id]: { role: 'owner', ver: 2, since: 2 } });
  t.equal(await api.mongo.db(api.config.mongoDatabase).collection('outbox').countDocuments(), 0);

  const next = await api.post('/v1/rooms', { name: 'Second' }, owner.token);
  t.equal(next.body.number, 2);
});

t.test('joining and leaving', async (t) => {
  const api = await startApi(t, mongo.url);
  const { get, post, signUp } = api;
  const [owner, guest] = [await signUp(), await signUp()];
  const room = await api.room(owner);

  t.test('by id, once, however often it is asked', async (t) => {
    const first = await post(`/v1/rooms/${room}/join`, {}, guest.token);
    t.match(first, { status: 200, body: { id: room, members: 2, role: 'member' } });
    const again = await post(`/v1/rooms/${room}/join`, undefined, guest.token);
    t.match(again, { status: 200, body: { id: room, members: 2, role: 'member' } });
    t.equal((await eventsOf(api, room)).length, 3);
    await accessMatches(t, api, [owner, guest]);
  });

  t.test('leaving twice is leaving once, and one may come back', async (t) => {
    t.equal((await post(`/v1/rooms/${room}/leave`, {}, guest.token)).status, 204);
    t.equal((await post(`/v1/rooms/${room}/leave`, {}, guest.token)).status, 204);
    t.equal((await get(`/v1/rooms/${room}`, owner.token)).body.members, 1);
    await accessMatches(t, api, [guest]);
    const { body } = await post('/v1/rooms/join', { number: 1 }, guest.token);
    t.match(body, { id: room, members: 2 });
    const kinds = (await eventsOf(api, room)).map((event) => (event.t === 'mem' ? event.op : event.t));
    t.same(kinds, ['room', 'join', 'join', 'leave', 'join']);
    await accessMatches(t, api, [owner, guest]);
  });

  t.test('a room that is not there is said not to be', async (t) => {
    const nowhere = '0'.repeat(26);
    const missing = { status: 404, body: { type: 'urn:gapless:problem:room_not_found' } };
    t.match(await get(`/v1/rooms/${nowhere}`, guest.token), missing);
    t.match(await get('/v1/rooms/by-number/4711', guest.token), missing);
    t.match(await post(`/v1/rooms/${nowhere}/join`, {}, guest.token), missing);
    t.match(await post('/v1/rooms/join', { number: 4711 }, guest.token), missing);
    t.match(await post(`/v1/rooms/${nowhere}/leave`, {}, guest.token), missing);
  });

  t.test('only members see who is in', async (t) => {
    const stranger = await signUp();
    const found = await get('/v1/rooms/by-number/1', stranger.token);
    t.match(found, { status: 200, body: { id: room, members: 2 } });
    t.notOk('role' in found.body);
    t.match(await get(`/v1/rooms/${room}/members`, stranger.token), { status: 403, body: { code: 'not_member' } });
    const { body } = await get(`/v1/rooms/${room}/members`, guest.token);
    t.same(
      new Set(body.items.map(({ user, role }: { user: string; role: string }) => `${user} ${role}`)),
      new Set([`${owner.id} owner`, `${guest.id} member`]),
    );
    t.type(body.items[0].nickname, 'string');
  });
});

t.test('the last owner’s place', async (t) => {
  const api = await startApi(t, mongo.url);
  const users = await signUpMany(api, 4);
  const [owner, early, late, moderator] = users as [TestUser, TestUser, TestUser, TestUser];
  const room = await api.room(owner);
  for (const user of [early, late, moderator]) await api.post(`/v1/rooms/${room}/join`, {}, user.token);
  const members = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string }>('members');
  await members.updateOne({ _id: `${room}:${moderator.id}` }, { $set: { role: 'moderator' } });
  const roleOf = async (user: TestUser) => (await api.get(`/v1/rooms/${room}`, user.token)).body.role;
  const leave = (user: TestUser) => api.post(`/v1/rooms/${room}/leave`, {}, user.token);

  t.test('goes to a moderator first, then to who joined first', async (t) => {
    await leave(owner);
    t.same(await Promise.all([moderator, early, late].map(roleOf)), ['owner', 'member', 'member']);
    await leave(moderator);
    t.same(await Promise.all([early, late].map(roleOf)), ['owner', 'member']);
    await accessMatches(t, api, users);
  });

  t.test('goes to nobody whose account is disabled while there is somebody else, and ends his mute', async (t) => {
    const [leaving, disabled, heir] = (await signUpMany(api, 3)) as [TestUser, TestUser, TestUser];
    const path = `/v1/rooms/${await api.room(leaving)}`;
    for (const { token } of [disabled, heir]) await api.post(`${path}/join`, {}, token);
    await api.request('PUT', `${path}/members/${heir.id}/mute`, leaving.token);
    const accounts = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string }>('users');
    await accounts.updateOne({ _id: disabled.id }, { $set: { off: true } });
    t.equal((await api.post(`${path}/hand-over`, { user: disabled.id }, leaving.token)).status, 404);
    await api.post(`${path}/leave`, {}, leaving.token);
    const { body } = await api.get(path, heir.token);
    t.equal(body.role, 'owner');
    t.notOk('mutedUntil' in body);
    await api.post(`${path}/leave`, {}, heir.token);
    t.match((await members.find({ r: path.slice(10), out: false }).toArray()) as object, [{ role: 'owner' }]);
  });

  t.test('waits for who joins next when nobody is left', async (t) => {
    await leave(early);
    await leave(late);
    t.equal((await api.get(`/v1/rooms/${room}`, owner.token)).body.members, 0);
    const { body } = await api.post(`/v1/rooms/${room}/join`, {}, late.token);
    t.match(body, { members: 1, role: 'owner' });
    await accessMatches(t, api, users);
  });
});

t.test('a room takes as many as its limit says, however many come at once', async (t) => {
  const api = await startApi(t, mongo.url, { config: { roomMembersLimit: 10 } });
  const owner = await api.signUp();
  const room = await api.room(owner);
  const guests = await signUpMany(api, 30);
  const answers = await Promise.all(guests.map(({ token }) => api.post(`/v1/rooms/${room}/join`, {}, token)));
  t.equal(answers.filter(({ status }) => status === 200).length, 9);
  const full = answers.filter(({ status }) => status !== 200);
  t.equal(full.length, 21);
  for (const answer of full) t.match(answer, { status: 409, body: { type: 'urn:gapless:problem:room_full' } });
  t.equal((await api.get(`/v1/rooms/${room}`, owner.token)).body.members, 10);
  const versions = (await eventsOf(api, room)).flatMap((event) => (event.t === 'mem' ? [event.ver] : []));
  t.same(versions, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  await accessMatches(t, api, guests);
});

t.test('direct rooms that others open fill nobody’s own rooms, and have a limit too', async (t) => {
  const api = await startApi(t, mongo.url, { config: { userRoomsLimit: 2 } });
  const [victim, ...strangers] = (await signUpMany(api, 5)) as [TestUser, TestUser, TestUser, TestUser, TestUser];
  const open = (by: TestUser, user: TestUser) => api.post('/v1/rooms/direct', { user: user.id }, by.token);
  const [one, two, three, four] = strangers as [TestUser, TestUser, TestUser, TestUser];
  for (const stranger of [one, two]) t.equal((await open(stranger, victim)).status, 200);
  const refused = { status: 409, body: { type: 'urn:gapless:problem:too_many_rooms' } };
  t.match(await open(three, victim), refused);
  const group = await api.room(four);
  t.equal((await api.post(`/v1/rooms/${group}/join`, {}, victim.token)).status, 200);
  t.equal((await open(victim, three)).status, 200);
  t.match(await open(victim, four), refused);
  t.equal((await open(victim, one)).status, 200, 'there is one already');
  t.equal((await api.get('/v1/rooms', victim.token)).body.items.length, 4, 'all of them are listed');
});

t.test('a user is in as many rooms as the limit says', async (t) => {
  const api = await startApi(t, mongo.url, { config: { userRoomsLimit: 2 } });
  const [owner, guest] = [await api.signUp(), await api.signUp()];
  for (const name of ['one', 'two']) await api.room(owner, name);
  const refused = { status: 409, body: { type: 'urn:gapless:problem:too_many_rooms' } };
  t.match(await api.post('/v1/rooms', { name: 'three' }, owner.token), refused);
  const third = await api.room(guest, 'three');
  t.match(await api.post(`/v1/rooms/${third}/join`, {}, owner.token), refused);
});

t.test('comings and goings of one user in many rooms at once end as the store has them', async (t) => {
  const api = await startApi(t, mongo.url);
  const [owner, guest] = [await api.signUp(), await api.signUp()];
  const rooms: RoomId[] = [];
  for (let n = 0; n < 12; n++) rooms.push(await api.room(owner, `room ${n}`));
  const moves = rooms.flatMap((room) => ['join', 'leave', 'join'].map((verb) => `/v1/rooms/${room}/${verb}`));
  const answers = await Promise.all(moves.map((path) => api.post(path, {}, guest.token)));
  t.same([...new Set(answers.map(({ status }) => Math.floor(status / 100)))], [2]);
  await accessMatches(t, api, [guest]);
});

t.test('my rooms come in pages, the newest first, with their last message', async (t) => {
  const api = await startApi(t, mongo.url);
  const [owner, guest] = [await api.signUp(), await api.signUp()];
  const rooms: RoomId[] = [];
  for (let n = 0; n < 5; n++) rooms.push(await api.room(owner, `room ${n}`));
  const last = { s: 9, u: owner.id, at: new Date('2026-11-21T12:00:00Z'), text: 'hello' };
  const stored = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string }>('rooms');
  await stored.updateOne({ _id: rooms[4] as string }, { $set: { last } });

  const seen: string[] = [];
  let path = '/v1/rooms?limit=2';
  for (let pages = 0; pages < 3; pages++) {
    const { status, body } = await api.get(path, owner.token);
    t.equal(status, 200);
    seen.push(...body.items.map((room: { id: string }) => room.id));
    if (pages === 0) {
      const shown = { sequence: 9, user: owner.id, at: '2026-11-21T12:00:00.000Z', text: 'hello' };
      t.same(body.items[0].last, shown);
      t.equal(body.items[0].number, 5);
    }
    t.equal('next' in body, pages < 2);
    path = `/v1/rooms?limit=2&cursor=${body.next}`;
  }
  t.same(seen, rooms.toReversed());
  const elsewhere = await api.get(`/v1/rooms/${rooms[4]}`, guest.token);
  t.notOk('last' in elsewhere.body, 'strangers see no message');
  t.match(await api.get('/v1/rooms?cursor=noise', owner.token), { status: 400, body: { code: 'bad_cursor' } });
});

t.test('members come in pages', async (t) => {
  const api = await startApi(t, mongo.url);
  const owner = await api.signUp();
  const room = await api.room(owner);
  const guests = await signUpMany(api, 4);
  for (const { token } of guests) await api.post(`/v1/rooms/${room}/join`, {}, token);
  const seen: string[] = [];
  let cursor = '';
  for (let pages = 0; pages < 3; pages++) {
    const { body } = await api.get(`/v1/rooms/${room}/members?limit=2${cursor}`, owner.token);
    seen.push(...body.items.map((member: { user: string }) => member.user));
    t.equal('next' in body, pages < 2);
    cursor = `&cursor=${body.next}`;
  }
  t.same(seen, [owner, ...guests].map(({ id }) => id).sort());
});
