import { callSubject } from '@gapless/shared/commands';
import type { Revocation } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { anAdmin, askingAdmin } from './support/admin.ts';
import { startApi, type TestApi, type TestUser } from './support/api.ts';
import { lettersTo, tokenTo } from './support/outbox.ts';

const mongo = await startMongo(t);
const clock = { aheadMs: 0, now: () => Date.now() + clock.aheadMs };
const api = await startApi(t, mongo.url, { deps: { clock } });
const { post, get } = api;
const next = 'another long password';

const problem = (kind: string) => ({ type: `urn:gapless:problem:${kind}` });
const invalid = { status: 404, body: problem('email_token_invalid') };
const ended = { status: 401, body: problem('token_required') };
const logIn = ({ email, password }: Pick<TestUser, 'email' | 'password'>) =>
  post('/v1/auth/login', { email, password });
const requestReset = (email: string) => post('/v1/auth/request-reset', { email });
const reset = (token: string, password = next) => post('/v1/auth/reset-password', { token, password });

function revocationsOf({ bus }: TestApi, { id }: TestUser): Revocation[] {
  const heard: Revocation[] = [];
  bus.revocations.follow({ revoked: (one) => void (one.user === id && heard.push(one)) });
  return heard;
}

t.test('a forgotten password is set anew by a mail, and everybody is logged out', async (t) => {
  const user = await api.signUp();
  const other = (await logIn(user)).body;
  const heard = revocationsOf(api, user);
  t.equal((await requestReset(user.email.toUpperCase())).status, 204);
  const token = await tokenTo(api, user.email);
  t.match(await reset(token, 'short'), { status: 400 });
  t.equal((await reset(token)).status, 204);
  t.match(heard, [{ kind: 'user', user: user.id, epoch: 1 }]);
  for (const old of [user.token, other.accessToken]) t.match(await get('/v1/me', old), ended);
  t.match(await post('/v1/auth/refresh', { refreshToken: user.refreshToken }), { status: 401 });
  t.match(await logIn(user), { status: 401, body: problem('invalid_credentials') });
  const again = await logIn({ ...user, password: next });
  t.match(again, { status: 200, body: { user: { emailVerified: true } } }, 'who reads the mail has the address');
  t.equal((await get('/v1/me', again.body.accessToken)).status, 200);
  t.match((await lettersTo(api, user.email))[0], { subject: 'Your password was changed' });
  t.match(await reset(token), invalid, 'the link works once');
});

t.test('who was made without a password gets one by a mail, and logs in with it', async (t) => {
  const email = 'customer@example.org';
  const { token: admin } = await anAdmin(api);
  const made = await askingAdmin(api)(admin, 'POST', '/v1/admin/users', { nickname: 'customer', email });
  t.match(made, { status: 201, body: { email, emailVerified: false } });
  t.match(await logIn({ email, password: next }), { status: 401, body: problem('invalid_credentials') });
  t.equal((await requestReset(email)).status, 204);
  t.equal((await reset(await tokenTo(api, email))).status, 204);
  const loggedIn = await logIn({ email, password: next });
  t.match(loggedIn, { status: 200, body: { user: { id: made.body.id, emailVerified: true } } });
  t.equal((await requestReset(email)).status, 204);
  t.equal((await reset(await tokenTo(api, email), 'a third long password')).status, 204, 'and again like anybody');
  t.match(await logIn({ email, password: next }), { status: 401, body: problem('invalid_credentials') });
  t.equal((await logIn({ email, password: 'a third long password' })).status, 200);
});

t.test('an unknown address gets the same answer, and no mail', async (t) => {
  const user = await api.signUp();
  const [known, unknown] = [await requestReset(user.email), await requestReset('nobody@example.org')];
  t.equal(known.status, unknown.status);
  t.same(Object.keys(known.headers).sort(), Object.keys(unknown.headers).sort());
  t.equal((await lettersTo(api, 'nobody@example.org')).length, 0);
});

t.test('a reset ends after an hour, and works as long as further mails are refused', async (t) => {
  const user = await api.signUp();
  t.equal((await requestReset(user.email)).status, 204);
  const first = await tokenTo(api, user.email);
  for (let n = 0; n < 3; n++) t.equal((await requestReset(user.email)).status, 204);
  const refused = await requestReset(user.email);
  t.equal(refused.status, 429);
  clock.aheadMs = Number(refused.headers['retry-after']) * 1_000;
  t.equal((await requestReset(user.email)).status, 204);
  t.equal((await reset(first)).status, 204, 'the first one still works');
  await requestReset(user.email);
  const late = await tokenTo(api, user.email);
  clock.aheadMs += 3_600_001;
  t.match(await reset(late), invalid);
  clock.aheadMs = 0;
});

t.test('guessing keeps nobody from his account: a reset lets him in at once', async (t) => {
  const user = await api.signUp();
  for (let n = 0; n < 5; n++) t.equal((await logIn({ ...user, password: 'a wrong guess' })).status, 401);
  const waiting = await logIn(user);
  t.match(waiting, { status: 429, body: problem('rate_limited') });
  t.ok(Number(waiting.headers['retry-after']) > 0);
  await requestReset(user.email);
  t.equal((await reset(await tokenTo(api, user.email))).status, 204);
  t.equal((await logIn({ ...user, password: next })).status, 200);
});

t.test('a changed password ends the other sessions and leaves this one', async (t) => {
  const user = await api.signUp();
  const [other, third] = [(await logIn(user)).body, (await logIn(user)).body];
  await requestReset(user.email);
  const mailed = await tokenTo(api, user.email);
  const heard = revocationsOf(api, user);
  const change = (password: string) => post('/v1/me/password', { password, newPassword: next }, user.token);
  t.match(await change('not the password'), { status: 403, body: problem('wrong_password') });
  t.equal((await change(user.password)).status, 204);
  t.equal(heard.length, 2);
  t.match(heard, [{ kind: 'session' }, { kind: 'session' }]);
  for (const old of [other.accessToken, third.accessToken]) t.match(await get('/v1/me', old), ended);
  t.equal((await get('/v1/me', user.token)).status, 200);
  t.equal((await post('/v1/auth/refresh', { refreshToken: user.refreshToken })).status, 200);
  t.match(await logIn(user), { status: 401 });
  t.equal((await logIn({ ...user, password: next })).status, 200);
  t.match((await lettersTo(api, user.email))[0], { subject: 'Your password was changed' });
  t.match(await reset(mailed), invalid, 'what was mailed before is void');
});

t.test('who changes his password while somebody logs in with the old one has no session of it left', async (t) => {
  for (let n = 0; n < 5; n++) {
    const user = await api.signUp();
    const logins = [0, 1, 2].map(() => logIn(user));
    const changed = await post('/v1/me/password', { password: user.password, newPassword: next }, user.token);
    t.equal(changed.status, 204);
    for (const { status, body } of await Promise.all(logins)) {
      if (status === 200) t.match(await get('/v1/me', body.accessToken), ended);
      else t.equal(status, 401);
    }
  }
});

t.test('a stolen session guesses the password no faster', async (t) => {
  const user = await api.signUp();
  const change = (password: string) => post('/v1/me/password', { password, newPassword: next }, user.token);
  for (let n = 0; n < 5; n++) t.equal((await change('a wrong guess')).status, 403);
  t.equal((await change(user.password)).status, 429);
});

t.test('who knows his password mails strangers no more often by calls than by REST', async (t) => {
  const user = await api.signUp();
  const sid = JSON.parse(Buffer.from(user.token.split('.')[1] ?? '', 'base64url').toString()).sid;
  const change = (n: number) =>
    api.bus.commands.change(callSubject('me.changeEmail'), {
      ...{ u: user.id, sid },
      p: { email: `stranger-${n}-${user.id}@example.org`, password: user.password },
    });
  for (let n = 0; n < 10; n++) await change(n);
  t.equal(await change(10).catch(({ kind }) => kind), 'rate_limited');
  t.same(await lettersTo(api, `stranger-10-${user.id}@example.org`), []);
});

t.test('an address changes when the new one is confirmed, and the old one is told', async (t) => {
  const user = await api.signUp();
  const wanted = `new-${user.email}`;
  const change = (email: string, password = user.password) => post('/v1/me/email', { email, password }, user.token);
  t.match(await change(wanted, 'not the password'), { status: 403, body: problem('wrong_password') });
  t.equal((await change(wanted)).status, 204);
  t.match((await get('/v1/me', user.token)).body, { email: user.email }, 'not yet');
  await requestReset(user.email);
  const opensOld = await tokenTo(api, user.email);
  const token = await tokenTo(api, wanted);
  const confirm = () => post('/v1/me/email/confirm', { token });
  t.equal((await confirm()).status, 204);
  t.match((await get('/v1/me', user.token)).body, { email: wanted, emailVerified: true });
  t.match(await confirm(), invalid);
  t.match((await lettersTo(api, user.email))[0], { subject: 'Your e-mail address was changed' });
  t.match(await reset(opensOld), invalid, 'what was mailed to the old address opens nothing any more');
  t.equal((await logIn({ ...user, email: wanted })).status, 200);
  t.equal((await logIn(user)).status, 401);
});

t.test('nobody learns by it whose address another one is, nor gets it', async (t) => {
  const [user, owner] = [await api.signUp(), await api.signUp()];
  const change = (email: string) => post('/v1/me/email', { email, password: user.password }, user.token);
  const [known, unknown] = [await change(owner.email), await change('free@example.org')];
  t.equal(known.status, unknown.status);
  t.same(Object.keys(known.headers).sort(), Object.keys(unknown.headers).sort());
  t.match((await lettersTo(api, owner.email))[0], { subject: 'You have an account already' });
  const token = await tokenTo(api, 'free@example.org');
  await post('/v1/auth/signup', { email: 'free@example.org', nickname: 'quicker', password: next });
  t.match(await post('/v1/me/email/confirm', { token }), invalid, 'somebody else was quicker');
});

t.test('a token does what it was mailed for, and nothing else', async (t) => {
  const user = await api.signUp();
  const verify = await tokenTo(api, user.email);
  t.match(await reset(verify), invalid);
  t.match(await post('/v1/me/email/confirm', { token: verify }), invalid);
  await requestReset(user.email);
  const token = await tokenTo(api, user.email);
  t.match(await post('/v1/auth/verify-email', { token }), invalid);
  t.equal((await reset(token)).status, 204, 'and trying it elsewhere does not use it up');
});

t.test('of many that come with one token one is served', async (t) => {
  const user = await api.signUp();
  await requestReset(user.email);
  const token = await tokenTo(api, user.email);
  const statuses = await Promise.all(
    Array.from({ length: 6 }, async (_, n) => (await reset(token, `password number ${n}`)).status),
  );
  t.equal(statuses.filter((status) => status === 204).length, 1);
});
