import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { grantAdmin } from '../../src/repositories/grant-admin.ts';
import { startApi } from '../support/api.ts';
import { tokenTo } from '../support/outbox.ts';

const mongo = await startMongo(t);
const api = await startApi(t, mongo.url);
const db = api.mongo.db(api.config.mongoDatabase);
const grant = (email: string, isVouchedFor: boolean) =>
  grantAdmin({ client: api.mongo, db }, email, {
    ...{ isVouchedFor, now: new Date(), revokedForMs: 60_000 },
    ...{ machine: 'here', keptMs: 60_000 },
  });
const roleOf = async (token: string) => (await api.get('/v1/me', token)).body.role;

t.test('an address that nobody has shown to read makes no admin, unless the operator vouches for it', async (t) => {
  const user = await api.signUp();
  t.equal(await grant(user.email, false), 'unproven');
  t.equal(await roleOf(user.token), 'user');
  t.equal(await grant(user.email, true), 'granted');
  t.equal((await api.get('/v1/me', user.token)).status, 401, 'a session of before is no admin’s');
  t.equal((await api.post('/v1/auth/refresh', { refreshToken: user.refreshToken })).status, 401);
  const login = { email: user.email, password: user.password };
  const { accessToken } = (await api.post('/v1/auth/login', login)).body;
  t.equal(await roleOf(accessToken), 'admin');
  t.equal(await grant(user.email, true), 'granted', 'again');
  t.equal(await roleOf(accessToken), 'admin', 'and nothing ends');
  const { items } = (await api.get('/v1/admin/audit?actor=operator', accessToken)).body;
  t.match(items, [{ actor: 'operator', command: 'grant-admin', targets: [user.id], address: 'here', outcome: 'done' }]);
});

t.test('whoever confirmed the address becomes an admin', async (t) => {
  const user = await api.signUp();
  t.equal((await api.post('/v1/auth/verify-email', { token: await tokenTo(api, user.email) })).status, 204);
  t.equal(await grant(user.email.toUpperCase(), false), 'granted');
  const login = { email: user.email, password: user.password };
  t.equal(await roleOf((await api.post('/v1/auth/login', login)).body.accessToken), 'admin');
  t.equal(await grant('nobody@example.org', true), 'nobody');
});
