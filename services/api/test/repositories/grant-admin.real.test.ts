import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { grantAdmin } from '../../src/repositories/grant-admin.ts';
import { startApi } from '../support/api.ts';
import { tokenTo } from '../support/outbox.ts';

const mongo = await startMongo(t);
const api = await startApi(t, mongo.url);
const db = api.mongo.db(api.config.mongoDatabase);
const roleOf = async (token: string) => (await api.get('/v1/me', token)).body.role;

t.test('an address that nobody has shown to read makes no admin, unless the operator vouches for it', async (t) => {
  const user = await api.signUp();
  t.equal(await grantAdmin(db, user.email, { isVouchedFor: false }), 'unproven');
  t.equal(await roleOf(user.token), 'user');
  t.equal(await grantAdmin(db, user.email, { isVouchedFor: true }), 'granted');
  t.equal(await roleOf(user.token), 'admin');
});

t.test('whoever confirmed the address becomes an admin', async (t) => {
  const user = await api.signUp();
  t.equal((await api.post('/v1/auth/verify-email', { token: await tokenTo(api, user.email) })).status, 204);
  t.equal(await grantAdmin(db, user.email.toUpperCase(), { isVouchedFor: false }), 'granted');
  t.equal(await roleOf(user.token), 'admin');
  t.equal(await grantAdmin(db, 'nobody@example.org', { isVouchedFor: true }), 'nobody');
});
