import type { RoomId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { startApi, type TestApi, type TestUser } from './support/api.ts';

const mongo = await startMongo(t);

async function write(api: TestApi, room: RoomId, by: TestUser, text: string): Promise<number> {
  const c = `client-id-${text.padStart(10, '0')}`;
  const event = { v: 1, t: 'msg', r: room, u: by.id, at: Date.now(), c, b: { text } };
  const bytes = Buffer.from(JSON.stringify(event));
  return (await api.bus.log.append({ room, id: `${room}:${c}`, lane: room, bytes })).seq;
}

async function textsOf(api: TestApi, room: RoomId, by: TestUser, query = ''): Promise<string[]> {
  const { status, body } = await api.get(`/v1/rooms/${room}/messages?limit=100${query}`, by.token);
  if (status !== 200) throw new Error(`history answered ${status}`);
  return body.items.map((item: { body: { text: string } }) => item.body.text).reverse();
}

const join = (api: TestApi, room: RoomId, by: TestUser) => api.post(`/v1/rooms/${room}/join`, undefined, by.token);
const leave = (api: TestApi, room: RoomId, by: TestUser) => api.post(`/v1/rooms/${room}/leave`, undefined, by.token);
const remove = (api: TestApi, room: RoomId, by: TestUser, whom: TestUser) =>
  api.request('DELETE', `/v1/rooms/${room}/members/${whom.id}`, by.token);

async function aRoom(api: TestApi, owner: TestUser, history?: 'joined'): Promise<RoomId> {
  const asked = { name: 'a room', ...(history === undefined ? {} : { history }) };
  return (await api.post('/v1/rooms', asked, owner.token)).body.id;
}

t.test('by default a member sees everything, whoever is out nothing', async (t) => {
  const api = await startApi(t, mongo.url);
  const [owner, guest] = [await api.signUp(), await api.signUp()];
  const room = await aRoom(api, owner);
  await write(api, room, owner, 'before');
  t.equal((await api.get(`/v1/rooms/${room}/messages`, guest.token)).status, 403);
  t.match(await join(api, room, guest), { status: 200, body: { history: 'all' } });
  t.same(await textsOf(api, room, guest), ['before']);
  await leave(api, room, guest);
  t.equal((await api.get(`/v1/rooms/${room}/messages`, guest.token)).status, 403);
});

t.test('nor is he shown a message of another time as the last one of the room', async (t) => {
  const api = await startApi(t, mongo.url);
  const [owner, guest] = [await api.signUp(), await api.signUp()];
  const room = await aRoom(api, owner, 'joined');
  await join(api, room, guest);
  await leave(api, room, guest);
  const rooms = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string }>('rooms');
  const wasLast = async (text: string) => {
    const s = await write(api, room, owner, text);
    await rooms.updateOne({ _id: room }, { $set: { last: { s, u: owner.id, at: new Date(), text } } });
  };
  await wasLast('between');
  const shown = async (by: TestUser) => [
    (await api.get(`/v1/rooms/${room}`, by.token)).body.last?.text,
    (await api.get('/v1/rooms', by.token)).body.items[0].last?.text,
  ];
  t.notOk('last' in (await join(api, room, guest)).body);
  t.same(await shown(guest), [undefined, undefined]);
  t.same(await shown(owner), ['between', 'between']);
  await wasLast('after');
  t.same(await shown(guest), ['after', 'after']);
});

t.test('in a room made so, a member sees his own times only: in history, and of what he may react to', async (t) => {
  const api = await startApi(t, mongo.url);
  const [owner, guest] = [await api.signUp(), await api.signUp()];
  const room = await aRoom(api, owner, 'joined');
  const before = await write(api, room, owner, 'before');
  await join(api, room, guest);
  const during = [await write(api, room, owner, 'first'), await write(api, room, owner, 'second')];
  await leave(api, room, guest);
  await write(api, room, owner, 'between');
  await join(api, room, guest);
  await write(api, room, owner, 'third');
  const seen = ['first', 'second', 'third'];
  t.same(await textsOf(api, room, owner), ['before', 'first', 'second', 'between', 'third']);
  t.same(await textsOf(api, room, guest), seen);
  t.same(await textsOf(api, room, guest, `&after=${before}`), seen, 'from the oldest end');
  t.same(await textsOf(api, room, guest, `&before=${during[1]}`), ['first']);
  const first = await api.get(`/v1/rooms/${room}/messages?limit=2`, guest.token);
  const rest = await api.get(`/v1/rooms/${room}/messages?limit=2&before=${first.body.next}`, guest.token);
  t.same([first.body.items.length, rest.body.items.length, rest.body.next], [2, 1, undefined], 'pages go on across');
  const react = (seq: number | undefined) =>
    api.request('PUT', `/v1/rooms/${room}/messages/${seq}/reactions/${encodeURIComponent('👍')}`, guest.token);
  t.equal((await react(before)).status, 404);
  t.equal((await react(during[0])).status, 200);
  const entry = (await api.bus.access.read(guest.id))?.rooms[room];
  t.match(entry, { role: 'member', own: [[Number, Number]] });
  const [from, to] = entry?.own?.[0] ?? [0, 0];
  t.ok(from > before && from < (during[0] ?? 0) && to > (during[1] ?? 0), 'edges know of the stay before');
});

t.test('who sees his own time only is not told that there is nothing before it is noted when he came', async (t) => {
  const api = await startApi(t, mongo.url);
  const [owner, guest] = [await api.signUp(), await api.signUp()];
  const room = await aRoom(api, owner, 'joined');
  await join(api, room, guest);
  await write(api, room, owner, 'welcome');
  const members = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string; since: number }>('members');
  const note = (since: number) => members.updateOne({ _id: `${room}:${guest.id}` }, { $set: { since } });
  const { since = 0 } = (await members.findOne({ _id: `${room}:${guest.id}` })) ?? {};
  await note(0);
  const asked = textsOf(api, room, guest);
  setTimeout(() => void note(since), 200);
  t.same(await asked, ['welcome']);
  await note(0);
  t.match(await api.get(`/v1/rooms/${room}/messages`, guest.token), { status: 503, body: { code: 'unavailable' } });
});

t.test('owners and moderators remove members, nobody removes an owner, and repeating it is safe', async (t) => {
  const api = await startApi(t, mongo.url);
  const [owner, member, other] = [await api.signUp(), await api.signUp(), await api.signUp()];
  const room = await aRoom(api, owner);
  for (const one of [member, other]) await join(api, room, one);
  t.match(await remove(api, room, member, other), { status: 403, body: { code: 'forbidden' } });
  t.match(await remove(api, room, await api.signUp(), other), { status: 403, body: { code: 'not_member' } });
  const members = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string }>('members');
  await members.updateOne({ _id: `${room}:${member.id}` }, { $set: { role: 'moderator' } });
  t.match(await remove(api, room, member, owner), { status: 403 });
  t.equal((await remove(api, room, member, other)).status, 204);
  t.equal((await remove(api, room, member, other)).status, 204);
  t.equal((await api.bus.access.read(other.id))?.rooms[room], undefined);
  const events = (await api.bus.log.readRoom(room, 0, 100)).map(({ bytes }) =>
    JSON.parse(Buffer.from(bytes).toString()),
  );
  const removals = events.filter(({ op }) => op === 'remove');
  t.match(removals, [{ t: 'mem', u: member.id, us: [other.id], ver: Number }]);
  t.equal(removals.length, 1);
});

t.test('access is gone before the log says that a member is', async (t) => {
  const api = await startApi(t, mongo.url);
  const [owner, guest] = [await api.signUp(), await api.signUp()];
  const room = await aRoom(api, owner);
  await join(api, room, guest);
  let found: unknown = 'nothing was asked';
  const following = await api.bus.live.follow(room, {
    event: (_seq, _prev, bytes) => {
      if (Buffer.from(bytes).includes('"op":"remove"')) found = api.bus.access.read(guest.id);
    },
    signal: () => undefined,
  });
  await remove(api, room, owner, guest);
  following.stop();
  t.match(await found, { rooms: {} });
  t.equal(((await found) as { rooms: Record<string, unknown> }).rooms[room], undefined);
});

t.test('calls over the bus do what REST does', async (t) => {
  const api = await startApi(t, mongo.url);
  const [owner, guest] = [await api.signUp(), await api.signUp()];
  const room = await aRoom(api, owner);
  const call = (by: TestUser, name: string, p: object) =>
    api.bus.commands.change(`call.${name}`, { u: by.id, sid: sessionOf(by), p }).catch(({ kind }) => kind);
  t.match(await call(guest, 'rooms.join', { room }), { id: room, role: 'member' });
  t.match(await call(guest, 'rooms.join', { room }), { id: room, role: 'member' }, 'again');
  t.equal(await call(guest, 'rooms.remove', { room, user: owner.id }), 'forbidden');
  await call(owner, 'rooms.remove', { room, user: guest.id });
  t.equal((await api.get(`/v1/rooms/${room}/members`, guest.token)).status, 403);
  t.equal(await call(guest, 'rooms.join', { room: 'nonsense' }), 'invalid_request');
  await call(guest, 'sessions.close', {});
  t.equal((await api.get('/v1/me', guest.token)).status, 401);
});

const sessionOf = ({ token }: TestUser): string =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid;
