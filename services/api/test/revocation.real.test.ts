import { createMemoryBus } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { Revocation, UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { startApi, type TestApi, type TestUser } from './support/api.ts';

const mongo = await startMongo(t);

function revocationsOf({ bus }: TestApi): Revocation[] {
  const heard: Revocation[] = [];
  bus.revocations.follow({ revoked: (one) => void heard.push(one) });
  return heard;
}

async function anAdmin(api: TestApi): Promise<TestUser> {
  const admin = await api.signUp();
  const users = api.mongo.db(api.config.mongoDatabase).collection<{ _id: UserId }>('users');
  await users.updateOne({ _id: admin.id }, { $set: { role: 'admin' } });
  return admin;
}

const refused = { status: 401, body: { type: 'urn:gapless:problem:token_required' } };

t.test('a log-out ends the session at once, and the edges are told', async (t) => {
  const api = await startApi(t, mongo.url);
  const heard = revocationsOf(api);
  const user = await api.signUp();
  const other = await api.post('/v1/auth/login', { email: user.email, password: user.password });
  t.equal((await api.post('/v1/auth/logout', null, user.token)).status, 204);
  t.match(await api.get('/v1/me', user.token), refused);
  t.match(heard, [{ kind: 'session', user: user.id }]);
  t.equal((await api.get('/v1/me', other.body.accessToken)).status, 200, 'another device stays');
  t.equal((await api.post('/v1/auth/logout', { refreshToken: user.refreshToken })).status, 204, 'again');
  t.equal(heard.length, 1, 'is the same');
});

t.test('a refresh token that is used twice ends the session, and the edges are told', async (t) => {
  const api = await startApi(t, mongo.url);
  const heard = revocationsOf(api);
  const user = await api.signUp();
  const refresh = async (refreshToken: string) => api.post('/v1/auth/refresh', { refreshToken });
  const second = await refresh(user.refreshToken);
  const third = await refresh(second.body.refreshToken);
  t.match(await refresh(user.refreshToken), { status: 401 });
  t.match(heard, [{ kind: 'session', user: user.id }]);
  t.match(await api.get('/v1/me', third.body.accessToken), refused);
});

t.test('a disabled user is out, and in again with new tokens only', async (t) => {
  const api = await startApi(t, mongo.url);
  const heard = revocationsOf(api);
  const [admin, user] = [await anAdmin(api), await api.signUp()];
  const change = (what: string, by = admin, whom = user) =>
    api.post(`/v1/admin/users/${whom.id}/${what}`, undefined, by.token);
  const logIn = () => api.post('/v1/auth/login', { email: user.email, password: user.password });
  t.match(await change('disable', user, admin), { status: 403 });
  t.match(await change('disable', admin, admin), { status: 403 });
  t.equal((await change('disable')).status, 204);
  t.match(heard, [{ kind: 'user', user: user.id, epoch: 1 }]);
  t.match(await api.get('/v1/me', user.token), { status: 403, body: { type: 'urn:gapless:problem:account_disabled' } });
  t.match(await logIn(), { status: 403, body: { type: 'urn:gapless:problem:account_disabled' } });
  t.match(await api.post('/v1/auth/login', { email: user.email, password: 'a wrong password' }), { status: 401 });
  t.match(await api.post('/v1/auth/refresh', { refreshToken: user.refreshToken }), { status: 403 });
  t.equal((await change('disable')).status, 204, 'again');
  t.equal(heard.length, 1, 'is the same');
  t.equal((await change('enable')).status, 204);
  t.equal((await change('enable')).status, 204);
  t.match(await api.get('/v1/me', user.token), refused, 'what was given out before stays void');
  const again = await logIn();
  t.equal((await api.get('/v1/me', again.body.accessToken)).status, 200);
  const [, claims = ''] = again.body.accessToken.split('.');
  t.match(JSON.parse(Buffer.from(claims, 'base64url').toString()), { ep: 1 });
});

t.test('what cannot be told now stands all the same, and waits for the log worker', async (t) => {
  const bus = createMemoryBus();
  const publish = async () => Promise.reject(new Failure('log_unavailable'));
  const api = await startApi(t, mongo.url, { bus: { ...bus, revocations: { ...bus.revocations, publish } } });
  const user = await api.signUp();
  t.equal((await api.post('/v1/auth/logout', null, user.token)).status, 204);
  t.match(await api.get('/v1/me', user.token), refused);
  const rows = await api.mongo.db(api.config.mongoDatabase).collection('revocations').find().toArray();
  t.match(rows, [{ told: false, revocation: { kind: 'session', user: user.id } }]);
});
