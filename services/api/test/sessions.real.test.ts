import { newId, type Revocation } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { startApi, type TestUser } from './support/api.ts';

const mongo = await startMongo(t);
const api = await startApi(t, mongo.url);
const { post, get, request } = api;
const logIn = async ({ email, password }: TestUser, more: object = {}) =>
  (await post('/v1/auth/login', { email, password, ...more })).body;
const list = async (token: string) => (await get('/v1/me/sessions', token)).body.items;
const ended = { status: 401, body: { type: 'urn:gapless:problem:token_required' } };

t.test('everybody sees his own sessions, the newest first, and which one asks', async (t) => {
  const user = await api.signUp();
  const phone = await logIn(user, { device: ' Ada’s\u202e phone\r\n' });
  await api.signUp();
  const sessions = await list(phone.accessToken);
  t.match(sessions, [
    { device: 'Ada’s phone', current: true, createdAt: /Z$/, usedAt: /Z$/ },
    { device: 'lightMyRequest', current: false },
  ]);
  t.equal(sessions.length, 2);
  t.notOk(JSON.stringify(sessions).includes(phone.refreshToken.split('.')[1]));
});

t.test('one of mine can be ended, and nobody else’s', async (t) => {
  const [user, stranger] = [await api.signUp(), await api.signUp()];
  const other = await logIn(user);
  const [{ id }] = await list(other.accessToken);
  const notFound = { status: 404, body: { type: 'urn:gapless:problem:not_found' } };
  t.match(await request('DELETE', `/v1/me/sessions/${id}`, stranger.token), notFound);
  t.match(await request('DELETE', `/v1/me/sessions/${newId()}`, stranger.token), notFound);
  t.match(await request('DELETE', '/v1/me/sessions/noise', stranger.token), { status: 400 });
  t.equal((await request('DELETE', `/v1/me/sessions/${id}`, user.token)).status, 204);
  t.match(await get('/v1/me', other.accessToken), ended);
  t.equal((await list(user.token)).length, 1);
  t.equal((await request('DELETE', '/v1/me/sessions/current', user.token)).status, 204);
  t.match(await get('/v1/me', user.token), ended);
});

t.test('all but mine can be ended at once', async (t) => {
  const user = await api.signUp();
  const others = [await logIn(user), await logIn(user)];
  const heard: Revocation[] = [];
  api.bus.revocations.follow({ revoked: (one) => void (one.user === user.id && heard.push(one)) });
  t.equal((await request('DELETE', '/v1/me/sessions', user.token)).status, 204);
  for (const { accessToken } of others) t.match(await get('/v1/me', accessToken), ended);
  t.match(await list(user.token), [{ current: true }]);
  t.equal(heard.length, 2);
  t.equal((await request('DELETE', '/v1/me/sessions', user.token)).status, 204, 'again');
  t.equal(heard.length, 2);
});

t.test('over the bus it is the same', async (t) => {
  const user = await api.signUp();
  const other = await logIn(user);
  const claims = JSON.parse(Buffer.from(user.token.split('.')[1] ?? '', 'base64url').toString());
  const call = (name: string, p: object = {}) =>
    api.bus.commands.change(`call.${name}`, { u: user.id, sid: claims.sid, p });
  t.match(await call('sessions.list'), { items: [{ current: false }, { current: true }] });
  await call('sessions.closeOthers');
  t.match(await get('/v1/me', other.accessToken), ended);
  await call('sessions.close');
  t.match(await get('/v1/me', user.token), ended);
});

t.test('with more than a hundred the oldest ends', async (t) => {
  const user = await api.signUp();
  const database = api.mongo.db(api.config.mongoDatabase);
  const rows = database.collection<{ _id: string; u: string }>('sessions');
  const row = await rows.findOne({ u: user.id });
  await rows.insertMany(
    Array.from({ length: 99 }, (_, n) => ({ ...row, _id: newId(Date.now() - 1_000 + n), u: user.id })),
  );
  const oldest = await rows.find({ u: user.id }).sort({ _id: 1 }).limit(1).next();
  await logIn(user);
  t.match(await rows.findOne({ _id: oldest?._id as string }), { revokedAt: Date });
  t.equal((await list(user.token)).length, 100);
});

t.test('lists of sessions are read from one index, in its order', async (t) => {
  const user = await api.signUp();
  const rows = api.mongo.db(api.config.mongoDatabase).collection('sessions');
  const filter = { u: user.id, ep: 0, live: true, until: { $gt: new Date() } };
  const { queryPlanner } = await rows.find(filter).sort({ _id: -1 }).limit(100).explain('queryPlanner');
  const plan = JSON.stringify(queryPlanner.winningPlan);
  t.match(plan, /"indexName":"living"/);
  t.notMatch(plan, /"stage":"(SORT|COLLSCAN)"/);
});
