import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { startApi } from './support/api.ts';

const mongo = await startMongo(t);

t.test('accounts', async (t) => {
  const { post, get, signUp } = await startApi(t, mongo.url);

  t.test('signing up answers a user and tokens that work', async (t) => {
    const account = { email: 'Ada@Example.org', nickname: 'ada', password: 'a long enough one' };
    const { status, body } = await post('/v1/auth/signup', account);
    t.equal(status, 201);
    t.match(body, { user: { email: 'ada@example.org', nickname: 'ada', role: 'user' }, expiresIn: 900 });
    t.notOk('password' in body.user || 'passwordHash' in body.user);
    const me = await get('/v1/me', body.accessToken);
    t.equal(me.status, 200);
    t.equal(me.body.id, body.user.id);
    t.equal(me.headers['cache-control'], 'no-store');
  });

  t.test('an address is one account however it is spelt, and so is a nickname', async (t) => {
    const password = 'a long enough one';
    t.equal((await post('/v1/auth/signup', { email: 'x1@example.org', nickname: 'Ｇödel', password })).status, 201);
    const sameEmail = await post('/v1/auth/signup', { email: 'X1@EXAMPLE.org', nickname: 'other', password });
    t.match(sameEmail, { status: 409, body: { type: 'urn:gapless:problem:email_taken', code: 'conflict' } });
    const sameName = await post('/v1/auth/signup', { email: 'x2@example.org', nickname: 'GÖDEL', password });
    t.match(sameName, { status: 409, body: { type: 'urn:gapless:problem:nickname_taken' } });
  });

  t.test('a nickname that looks like another, or hides what it is, is refused', async (t) => {
    const signUp = (nickname: string, n: number) =>
      post('/v1/auth/signup', { email: `look${n}@example.org`, nickname, password: 'a long enough one' });
    t.match(await signUp('ａｄｍｉｎ', 1), { status: 201, body: { user: { nickname: 'admin' } } });
    t.match(await signUp('адмін', 2), { status: 201 });
    t.match(await signUp('аԁmin', 3), { status: 400, body: { type: 'urn:gapless:problem:invalid_request' } });
    for (const alike of ['admiп', 'ADMIN', 'adrnin'])
      t.match(await signUp(alike, 4), { status: alike === 'admiп' ? 400 : 409 }, alike);
    t.match(await signUp('раураӏ', 5), { status: 201 });
    t.match(await signUp('paypal', 6), { status: 409, body: { type: 'urn:gapless:problem:nickname_taken' } });
    t.match(await signUp('ad\u202emin', 7), { status: 400 });
  });

  t.test('of many that want one nickname at once, one gets it', async (t) => {
    const tries = Array.from({ length: 12 }, (_, n) =>
      post('/v1/auth/signup', { email: `race${n}@example.org`, nickname: 'racer', password: 'a long enough one' }),
    );
    const statuses = (await Promise.all(tries)).map((answer) => answer.status);
    t.equal(statuses.filter((status) => status === 201).length, 1);
    t.equal(statuses.filter((status) => status === 409).length, 11);
  });

  t.test('a wrong password and an unknown address get the same answer', async (t) => {
    const user = await signUp();
    const wrong = await post('/v1/auth/login', { email: user.email, password: 'not the password' });
    const unknown = await post('/v1/auth/login', { email: 'nobody@example.org', password: 'not the password' });
    t.match(wrong, { status: 401, body: { type: 'urn:gapless:problem:invalid_credentials' } });
    t.same({ ...wrong.body, instance: '' }, { ...unknown.body, instance: '' });
    const right = await post('/v1/auth/login', { email: user.email.toUpperCase(), password: user.password });
    t.equal(right.status, 200);
    t.equal(right.body.user.id, user.id);
  });
});

t.test('a hash of other parameters is made anew at the next log-in', async (t) => {
  const before = await startApi(t, mongo.url);
  const user = await before.signUp();
  const config = { mongoDatabase: before.config.mongoDatabase, passwordPasses: 2 };
  const after = await startApi(t, mongo.url, { config });
  const users = before.mongo.db(config.mongoDatabase).collection<{ _id: string; pw: string }>('users');
  const hash = async () => (await users.findOne({ _id: user.id }))?.pw;
  t.match(await hash(), /\$argon2id\$.*t=1,p=1\$/);
  const { email, password } = user;
  t.equal((await after.post('/v1/auth/login', { email, password })).status, 200);
  t.match(await hash(), /t=2,p=1\$/);
  t.equal((await after.post('/v1/auth/login', { email, password })).status, 200);
});

t.test('refresh tokens', async (t) => {
  const clock = { time: Date.now(), now: () => clock.time };
  const { post, get, signUp, config, mongo: client } = await startApi(t, mongo.url, { deps: { clock } });
  const refresh = (refreshToken: string) => post('/v1/auth/refresh', { refreshToken });
  const refused = { status: 401, body: { type: 'urn:gapless:problem:refresh_token_invalid' } };

  t.test('each works once and gives the next', async (t) => {
    const user = await signUp();
    const first = await refresh(user.refreshToken);
    t.equal(first.status, 200);
    t.equal((await get('/v1/me', first.body.accessToken)).status, 200);
    t.not(first.body.refreshToken, user.refreshToken);
    t.equal((await refresh(first.body.refreshToken)).status, 200);
  });

  t.test('a repeated refresh gets the same successor, many at once as well', async (t) => {
    const user = await signUp();
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(user.refreshToken)));
    t.same([...new Set(answers.map((answer) => answer.status))], [200]);
    t.equal(new Set(answers.map((answer) => answer.body.refreshToken)).size, 1);
    t.equal((await refresh(answers[0]?.body.refreshToken)).status, 200);
  });

  t.test('a token used again after the grace ends the session', async (t) => {
    const user = await signUp();
    const next = (await refresh(user.refreshToken)).body.refreshToken;
    clock.time += 10_001;
    t.match(await refresh(user.refreshToken), refused);
    t.match(await refresh(next), refused, 'its successor is revoked with it');
  });

  t.test('within the grace only the last one is forgiven', async (t) => {
    const user = await signUp();
    const second = (await refresh(user.refreshToken)).body.refreshToken;
    const third = (await refresh(second)).body.refreshToken;
    t.match(await refresh(user.refreshToken), refused);
    t.match(await refresh(third), refused);
  });

  t.test('noise ends nobody’s session', async (t) => {
    const user = await signUp();
    const [session] = user.refreshToken.split('.');
    t.match(await refresh(`${session}.${'A'.repeat(43)}.${'A'.repeat(22)}`), refused);
    t.match(await refresh('noise'), refused);
    t.equal((await refresh(user.refreshToken)).status, 200);
  });

  t.test('a session that nobody refreshes ends', async (t) => {
    const user = await signUp();
    clock.time += config.refreshTokenMs + 1;
    t.match(await refresh(user.refreshToken), refused);
  });

  t.test('logging out ends the session, by access token or by refresh token', async (t) => {
    const one = await signUp();
    t.equal((await post('/v1/auth/logout', undefined, one.token)).status, 204);
    t.match(await refresh(one.refreshToken), refused);
    const two = await signUp();
    t.equal((await post('/v1/auth/logout', { refreshToken: two.refreshToken })).status, 204);
    t.match(await refresh(two.refreshToken), refused);
    t.match(await post('/v1/auth/logout'), { status: 401, body: { type: 'urn:gapless:problem:token_required' } });
  });

  t.test('the store holds no token', async (t) => {
    const user = await signUp();
    const sessions = await client.db(config.mongoDatabase).collection('sessions').find().toArray();
    t.notOk(JSON.stringify(sessions).includes(user.refreshToken.split('.')[1] as string));
  });
});

t.test('limits of log-ins', async (t) => {
  const account = { email: 'eve@example.org', password: 'guess after guess' };

  t.test('tries on one account are limited over all api processes', async (t) => {
    const first = await startApi(t, mongo.url);
    const { mongoDatabase } = first.config;
    const config = { mongoDatabase, loginsPerMinute: 4 };
    const clock = { now: () => 1_800_000_000_000 };
    const [a, b] = [
      await startApi(t, mongo.url, { config, deps: { clock } }),
      await startApi(t, mongo.url, { config, deps: { clock } }),
    ];
    const statuses: number[] = [];
    for (const { post } of [a, b, a, b, a]) statuses.push((await post('/v1/auth/login', account)).status);
    t.same(statuses, [401, 401, 401, 401, 429]);
  });

  t.test('tries from one address are limited, and the answer says when to come back', async (t) => {
    const { post } = await startApi(t, mongo.url, { config: { loginsPerMinute: 3 } });
    const login = (n: number) => post('/v1/auth/login', { ...account, email: `eve${n}@example.org` });
    for (const n of [1, 2, 3]) t.equal((await login(n)).status, 401);
    const fourth = await login(4);
    t.match(fourth, { status: 429, body: { type: 'urn:gapless:problem:rate_limited', code: 'rate_limited' } });
    t.ok(Number(fourth.headers['retry-after']) > 0);
  });

  t.test('every request counts against its address', async (t) => {
    const { get } = await startApi(t, mongo.url, { config: { requestsPerMinute: 2 } });
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await get('/nowhere')).status);
    t.same(statuses, [404, 404, 429]);
  });
});
