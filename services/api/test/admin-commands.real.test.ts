import { inboxOf, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { aKey, anAdmin, askingAdmin } from './support/admin.ts';
import { startApi } from './support/api.ts';

const mongo = await startMongo(t);
const api = await startApi(t, mongo.url);
const ask = askingAdmin(api);
const admin = await anAdmin(api);
const key = await aKey(ask, admin, ['users:read', 'users:write', 'rooms:read', 'rooms:write', 'events:write']);
const problem = (kind: string) => ({ body: { type: `urn:gapless:problem:${kind}` } });
const get = (path: string, bearer = admin.token) => ask(bearer, 'GET', `/v1/admin${path}`);
const put = (path: string, body: object = {}, bearer = admin.token) => ask(bearer, 'PUT', `/v1/admin${path}`, body);
const post = (path: string, body: object = {}, bearer = admin.token) => ask(bearer, 'POST', `/v1/admin${path}`, body);
const remove = (path: string, bearer = admin.token) => ask(bearer, 'DELETE', `/v1/admin${path}`);
const ids = ({ body }: { body: { items: { id: string }[] } }) => body.items.map(({ id }) => id);

t.test('users are found by nickname, address and external id, disabled or not', async (t) => {
  const [first, second] = [await api.signUp('zoe-one'), await api.signUp('zoe-two')];
  await post(`/users/${first.id}/disable`);
  t.same(ids(await get('/users?nickname=ZOE')), [first.id, second.id]);
  const page = await get('/users?nickname=zoe&limit=1');
  t.same(ids(await get(`/users?nickname=zoe&limit=1&cursor=${page.body.next}`)), [second.id]);
  t.match(await get(`/users?email=${second.email}`), { body: { items: [{ id: second.id, email: second.email }] } });
  t.same(ids(await get('/users?email=nobody@example.org')), []);
  t.match(await get('/users?nickname=a&email=b@c.d'), { status: 400 });
  t.match(await get(`/users/${first.id}`), { body: { disabled: true, nickname: 'zoe-one' } });
  t.match(await get(`/users/${newId<UserId>()}`), problem('not_found'));
  const newest = await get('/users?limit=1');
  t.same(ids(newest), [second.id]);
  t.match(await get(`/users?limit=1&cursor=${newest.body.next}`), { body: { items: [{ id: first.id }] } });
});

t.test('a back end makes a user once, and signs him in', async (t) => {
  const asked = { nickname: 'customer', externalId: 'customer-17', custom: { plan: 'gold' } };
  const made = await post('/users', asked, key);
  t.match(made, { status: 201, body: { nickname: 'customer', role: 'user', custom: { plan: 'gold' } } });
  t.notOk('email' in made.body);
  const again = await post('/users', { ...asked, nickname: 'other-name' }, key);
  t.match(again, { status: 201, body: { id: made.body.id, nickname: 'customer' } }, 'his external id is his for good');
  t.same(ids(await get('/users?externalId=customer-17')), [made.body.id]);
  t.match(await post('/users', { nickname: 'customer' }, key), problem('nickname_taken'));
  const clientId = newId<never>();
  const byId = await post('/users', { nickname: 'by-client-id', clientId }, key);
  t.equal((await post('/users', { nickname: 'by-client-id', clientId }, key)).body.id, byId.body.id);
  const many = await Promise.all(
    [1, 2, 3].map(() => post('/users', { nickname: 'raced', externalId: 'raced-1' }, key)),
  );
  const made3 = many.filter(({ status }) => status === 201);
  t.ok(made3.length > 0);
  t.equal(new Set(made3.map(({ body }) => body.id)).size, 1, 'however many ask at a time');

  const token = await post(`/users/${made.body.id}/token`, { device: 'shop' }, key);
  t.match(await api.get('/v1/me', token.body.accessToken), { status: 200, body: { id: made.body.id } });
  t.match(await post(`/users/${made.body.id}/token`, {}, key), { status: 200 }, 'another device');
  const renewed = await api.post('/v1/auth/refresh', { refreshToken: token.body.refreshToken });
  t.equal(renewed.status, 200);
  const sessions = await get(`/users/${made.body.id}/sessions`);
  t.match(sessions.body.items, [{}, { device: 'shop' }]);
  t.equal((await remove(`/users/${made.body.id}/sessions/${sessions.body.items[1].id}`)).status, 204);
  t.equal((await api.get('/v1/me', renewed.body.accessToken)).status, 401);
  t.equal((await remove(`/users/${made.body.id}/sessions`)).status, 204);
  t.same((await get(`/users/${made.body.id}/sessions`)).body.items, []);
});

t.test('a key without `admin:write` is no way to an admin’s account', async (t) => {
  const victim = await anAdmin(api);
  for (const path of ['token', 'disable', 'enable']) {
    t.match(await post(`/users/${victim.id}/${path}`, {}, key), problem('forbidden'), path);
  }
  t.match(await remove(`/users/${victim.id}/sessions`, key), problem('forbidden'));
  const user = await api.signUp();
  t.match(await put(`/users/${user.id}/role`, { role: 'admin' }, key), problem('forbidden'));
  t.match(await put(`/users/${admin.id}/role`, { role: 'user' }), problem('forbidden'), 'nor anybody his own role');
  t.equal((await put(`/users/${user.id}/role`, { role: 'admin' })).status, 204);
  const { accessToken } = (await api.post('/v1/auth/login', { email: user.email, password: user.password })).body;
  t.equal((await get('/users', accessToken)).status, 200);
  t.equal((await put(`/users/${user.id}/role`, { role: 'admin' })).status, 204);
  t.equal((await get('/users', accessToken)).status, 200, 'again: nothing ends');
  t.equal((await put(`/users/${user.id}/role`, { role: 'user' })).status, 204);
  t.match(await get('/users', accessToken), problem('forbidden'), 'his token says nothing of it');
});

t.test('whoever holds a session of a user does not become an admin with him', async (t) => {
  const { id } = (await post('/users', { nickname: 'soon-admin', email: 'soon@example.org' }, key)).body;
  t.match(await get(`/users/${id}`), { body: { emailVerified: false } }, 'nobody has shown that he reads the address');
  const kept = (await post(`/users/${id}/token`, {}, key)).body;
  t.equal((await put(`/users/${id}/role`, { role: 'admin' })).status, 204);
  t.equal((await get('/users', kept.accessToken)).status, 401);
  t.equal((await api.post('/v1/auth/refresh', { refreshToken: kept.refreshToken })).status, 401);
  const revocations = api.mongo.db(api.config.mongoDatabase).collection('revocations');
  t.match(await revocations.findOne({ 'revocation.user': id }), { revocation: { kind: 'user', epoch: 1 } });
});

t.test('keys end with the right of who made them, and so do those that they made', async (t) => {
  for (const end of [
    (id: UserId) => put(`/users/${id}/role`, { role: 'user' }),
    (id: UserId) => post(`/users/${id}/disable`),
  ]) {
    const maker = await anAdmin(api);
    const first = await aKey(ask, maker, ['admin:read', 'admin:write']);
    const second = (await post('/keys', { name: 'of a key', scopes: ['admin:read'] }, first)).body.secret;
    t.equal((await get('/limits', second)).status, 200);
    t.equal((await end(maker.id)).status, 204);
    for (const one of [first, second]) t.match(await get('/limits', one), problem('token_required'));
  }
  t.equal((await get('/users', key)).status, 200, 'those of others go on');
});

async function aGroup(visibility = 'private') {
  const [owner, member] = [await api.signUp(), await api.signUp()];
  const { body } = await api.post('/v1/rooms', { name: 'Zeppelin', visibility }, owner.token);
  const room: RoomId = body.id;
  await api.post(`/v1/rooms/${room}/members`, { users: [member.id] }, owner.token);
  return { owner, member, room, roomPath: `/rooms/${room}` };
}

t.test('rooms are found by name or age, private ones too', async (t) => {
  const { room, owner, member } = await aGroup();
  t.match(await get('/rooms?name=zepp'), { body: { items: [{ id: room, visibility: 'private', members: 2 }] } });
  t.same(ids(await get('/rooms?limit=1')), [room]);
  t.match(await get(`/rooms/${room}`), { status: 200, body: { id: room, createdBy: owner.id } });
  t.match(await get(`/rooms/${newId<RoomId>()}`), problem('room_not_found'));
  const members = await get(`/rooms/${room}/members`);
  t.same(new Set(members.body.items.map(({ user }: { user: string }) => user)), new Set([owner.id, member.id]));
  t.match(await get(`/users/${owner.id}/rooms`), { body: { items: [{ id: room, role: 'owner' }] } });
});

t.test('of the rooms of a user nothing is told that is said there or is his alone', async (t) => {
  const [one, two] = [await api.signUp(), await api.signUp()];
  const room: RoomId = (await api.post('/v1/rooms/direct', { user: two.id }, one.token)).body.id;
  const last = { s: 50, u: two.id, at: new Date(), text: 'between the two of us' };
  const rooms = api.mongo.db(api.config.mongoDatabase).collection<{ _id: RoomId }>('rooms');
  await rooms.updateOne({ _id: room }, { $set: { last } });
  const [mine] = (await api.get('/v1/rooms', one.token)).body.items;
  t.match(mine, { id: room, read: 0, unread: Number, mentions: Number, notifications: {}, last: { text: last.text } });
  for (const bearer of [key, admin.token]) {
    const [told] = (await get(`/users/${one.id}/rooms`, bearer)).body.items;
    t.match(told, { id: room, role: 'member', with: { id: two.id } });
    for (const his of ['last', 'read', 'unread', 'unreadFrom', 'mentions', 'notifications']) t.notOk(his in told, his);
  }
});

t.test('a direct room stays what it is, by whatever right', async (t) => {
  const [one, two] = [await api.signUp(), await api.signUp()];
  const { id } = (await api.post('/v1/rooms/direct', { user: two.id }, one.token)).body;
  const forbidden = { status: 403, ...problem('forbidden') };
  t.match(await put(`/rooms/${id}/bans/${two.id}`, { reason: 'x' }), forbidden, 'nobody is banned');
  t.match(await put(`/rooms/${id}/members/${one.id}/role`, { role: 'owner' }), forbidden, 'nobody owns it');
  t.match(await remove(`/rooms/${id}/members/${two.id}`), forbidden, 'nobody is removed');
  for (const { token } of [one, two]) {
    t.match(await api.get(`/v1/rooms/${id}`, token), { status: 200, body: { members: 2, role: 'member' } });
  }
});

t.test('by right of the installation members come and go, whatever who asks is to the room', async (t) => {
  const { room, roomPath, owner, member } = await aGroup();
  const guest = await api.signUp();
  t.equal((await put(`${roomPath}/members/${guest.id}`, {}, key)).status, 204);
  t.equal((await put(`${roomPath}/members/${guest.id}`, {}, key)).status, 204, 'again');
  t.equal((await api.get(`/v1/rooms/${room}/messages`, guest.token)).status, 200);
  t.equal((await put(`${roomPath}/members/${guest.id}/role`, { role: 'owner' })).status, 204);
  t.equal((await remove(`${roomPath}/members/${owner.id}`)).status, 204, 'an owner too');
  t.equal((await api.get(`/v1/rooms/${room}/messages`, owner.token)).status, 404);
  t.match(await put(`${roomPath}/members/${guest.id}/role`, { role: 'member' }), problem('last_owner'));
  t.equal((await put(`${roomPath}/bans/${member.id}`, { reason: 'x' })).status, 204);
  t.match(await put(`${roomPath}/members/${member.id}`), problem('banned'));
  t.equal((await remove(`${roomPath}/bans/${member.id}`)).status, 204);
  t.equal((await put(`${roomPath}/members/${member.id}`)).status, 204);
  t.match(await put(`${roomPath}/members/${newId<UserId>()}`), problem('not_found'));
  const logged = await api.bus.log.readRoom(room, 1, 100);
  const last = JSON.parse(Buffer.from(logged.at(-1)?.bytes ?? []).toString());
  t.match(last, { t: 'mem', op: 'add', us: [member.id], u: admin.id }, 'told like any other change, in the order');
});

t.test('a room is frozen, and deleted, by who runs the installation', async (t) => {
  const { room, roomPath, owner, member } = await aGroup();
  const say = (token: string) => api.post(`/v1/rooms/${room}/messages`, { body: { text: 'hi' } }, token);
  t.equal((await put(`${roomPath}/freeze`)).status, 204);
  t.match(await say(member.token), problem('frozen'));
  t.equal((await remove(`${roomPath}/freeze`)).status, 204);
  t.equal((await say(member.token)).status, 201);
  t.equal((await remove(roomPath)).status, 204);
  t.match(await api.get(`/v1/rooms/${room}`, owner.token), problem('room_not_found'));
  t.match(await remove(roomPath), problem('room_not_found'));
});

const eventsOf = async (room: RoomId) =>
  (await api.bus.log.readRoom(room, 1, 100)).map(({ bytes }) => JSON.parse(Buffer.from(bytes).toString()));

t.test('a back end puts an event into the order of a room, once', async (t) => {
  const { room, roomPath, owner } = await aGroup();
  const asked = { name: 'order.shipped', data: { order: 17 }, clientId: newId<never>() };
  const first = await post(`${roomPath}/events`, asked, key);
  t.match(first, { status: 200, body: { sequence: Number } });
  const again = await post(`${roomPath}/events`, asked, key);
  t.match(again, { body: { sequence: first.body.sequence, duplicate: true } });
  t.match(await post(`${roomPath}/events`, { ...asked, data: { order: 18 } }, key), problem('id_reused'));
  const told = (await eventsOf(room)).filter((event) => event.t === 'app');
  t.match(told, [{ u: key.split('_')[1], n: 'order.shipped', d: { order: 17 } }]);
  t.same((await api.get(`/v1/rooms/${room}/messages`, owner.token)).body.items, [], 'it is no message');
  t.match(await post(`${roomPath}/events`, { name: 'x', data: { big: 'x'.repeat(4_096) } }, key), { status: 400 });
  t.match(await post(`${roomPath}/events`, { name: 'no spaces' }, key), { status: 400 });
  t.match(await post(`/rooms/${newId<RoomId>()}/events`, asked, key), problem('room_not_found'));
  await api.request('PUT', `/v1/rooms/${room}/archive`, owner.token);
  t.match(await post(`${roomPath}/events`, { name: 'late' }, key), problem('archived'));
  const notice = { text: 'only here', room, clientId: newId<never>() };
  const sent = await post('/notices', notice);
  t.equal((await remove(roomPath)).status, 204);
  const late = await post(`${roomPath}/events`, asked, key);
  t.match(late, { body: { sequence: first.body.sequence, duplicate: true } }, 'what was done is answered');
  t.match(await post(`${roomPath}/events`, { name: 'later' }, key), problem('room_not_found'));
  t.match(await post('/notices', notice), { status: 201, body: { id: sent.body.id } });
  t.match(await post('/notices', { text: 'x', room }), problem('room_not_found'));
});

t.test('a back end puts an event into the inbox of a user, once', async (t) => {
  const user = await api.signUp();
  const asked = { name: 'invoice.due', data: { of: 17 }, clientId: newId<never>() };
  t.equal((await post(`/users/${user.id}/events`, asked, key)).status, 204);
  t.equal((await post(`/users/${user.id}/events`, asked, key)).status, 204, 'again');
  t.match(await eventsOf(inboxOf(user.id)), [{ t: 'app', r: user.id, n: 'invoice.due', d: { of: 17 } }]);
  t.match(await post(`/users/${newId<UserId>()}/events`, asked, key), { status: 409 });
  t.match(await post(`/users/${newId<UserId>()}/events`, { name: 'x' }, key), problem('not_found'));
});

t.test('who was locked out by failed log-ins is let in again', async (t) => {
  const user = await api.signUp();
  const logIn = (password: string) => api.post('/v1/auth/login', { email: user.email, password });
  for (let n = 0; n < 6; n++) await logIn('a wrong password');
  t.match(await logIn(user.password), { status: 429 });
  t.match(await get(`/users/${user.id}/attempts?address=127.0.0.1`), { body: { failed: 5 } });
  t.equal((await post(`/users/${user.id}/unlock`, { address: '127.0.0.1' }, key)).status, 204);
  t.match(await get(`/users/${user.id}/attempts?address=127.0.0.1`), { body: { failed: 0 } });
  t.match(await logIn(user.password), { status: 200 });
});

t.test('limits are told as they are configured', async (t) => {
  const { body } = await get('/limits');
  t.match(
    body.items.find(({ variable }: { variable: string }) => variable === 'GAPLESS_ROOM_MEMBERS_LIMIT'),
    { value: api.config.roomMembersLimit },
  );
});

t.test('edges, the log and dead letters cannot be told of while nobody says anything of them', async (t) => {
  t.match(await get('/edges'), { body: { items: [] } });
  t.match(await get('/log'), { body: { items: [] } });
  t.match(await get('/dead-letters'), problem('store_unavailable'));
  t.match(await get('/dead-letters?cursor=x'), problem('invalid_cursor'));
  t.match(await get('/dead-letters/x'), { status: 400 });
});

t.test('in production demo accounts are closed, whatever they were before', async (t) => {
  const production = await startApi(t, mongo.url, { config: { nodeEnv: 'production' } });
  const demo = { email: 'alice@demo.gapless.chat', nickname: 'alice', password: 'gapless-demo' };
  t.match(await production.post('/v1/auth/signup', demo), problem('invalid_request'));
  const logIn = (email: string) => production.post('/v1/auth/login', { email, password: demo.password });
  t.match(await logIn(demo.email), problem('account_disabled'));
  t.match(await logIn('ALICE@Demo.gapless.chat'), problem('account_disabled'));
  const user = await production.signUp();
  const users = production.mongo.db(production.config.mongoDatabase).collection<{ _id: string }>('users');
  await users.updateOne({ _id: user.id }, { $set: { email: demo.email } });
  t.match(await production.get('/v1/me', user.token), problem('account_disabled'), 'with a token of before');
  const { refreshToken } = user;
  t.match(await production.post('/v1/auth/refresh', { refreshToken }), problem('account_disabled'));
  const asked = askingAdmin(production);
  const { token } = await anAdmin(production);
  const address = { nickname: 'bob', email: 'bob@demo.gapless.chat' };
  t.match(await asked(token, 'POST', '/v1/admin/users', address), problem('invalid_request'));
  t.match(await asked(token, 'POST', `/v1/admin/users/${user.id}/token`, {}), problem('account_disabled'));
  const back = await aKey(asked, await anAdmin(production), ['users:read']);
  t.match(await asked(back, 'GET', '/v1/me', undefined, { as: user.id }), problem('account_disabled'));
  t.equal((await api.post('/v1/auth/signup', demo)).status, 201, 'elsewhere they are like others');
  const { mongoDatabase } = api.config;
  await startApi(t, mongo.url, { config: { nodeEnv: 'production', mongoDatabase } });
  const taken = api.mongo.db(mongoDatabase);
  const row = await taken.collection('users').findOne({ email: demo.email });
  t.match(row, { off: true }, 'what was taken over is disabled as production begins');
  t.ok(await taken.collection('revocations').findOne({ 'revocation.user': row?._id }), 'and edges hear of it');
});
