import { newId, type UserId } from '@gapless/shared/schema';
import { startForeignIssuer, startMongo, trustedIssuersFile } from '@gapless/shared/testing';
import t from 'tap';
import { startApi } from './support/api.ts';

const mongo = await startMongo(t);
const issuer = await startForeignIssuer(t, { over: { nicknameClaim: 'preferred_username' } });
const other = await startForeignIssuer(t, { algorithm: 'RS256' });
const trustedIssuers = trustedIssuersFile(t, issuer.trusted, other.trusted);
const api = await startApi(t, mongo.url, { config: { trustedIssuersFile: trustedIssuers } });
const { get, post, request, signUp, bus } = api;
const db = api.mongo.db(api.config.mongoDatabase);
const users = db.collection<{ _id: UserId; role: string }>('users');

const refused = { status: 401, body: { type: 'urn:gapless:problem:token_required', code: 'unauthenticated' } };
let people = 0;
const person = () => ({ sub: `person-${++people}|x.y` });

t.test('a person of another issuer is one user from first sight on, however many see him at once', async (t) => {
  const of = person();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      get('/v1/me', issuer.token({ ...of, preferred_username: 'grace', sid: `s${n}` })),
    ),
  );
  t.same([...new Set(answers.map(({ status }) => status))], [200]);
  t.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
  t.match(answers[0]?.body, { nickname: 'grace', role: 'user', version: 1 });
  t.notOk('email' in (answers[0]?.body ?? {}), 'nobody knows his address');
  const again = await get('/v1/me', issuer.token({ ...of, preferred_username: 'renamed' }));
  t.match(again.body, { id: answers[0]?.body.id, nickname: 'grace' }, 'and keeps his nickname');
});

t.test('the same subject of another issuer is somebody else', async (t) => {
  const of = person();
  const one = await get('/v1/me', issuer.token(of));
  const two = await get('/v1/me', other.token(of));
  t.same([one.status, two.status], [200, 200]);
  t.not(one.body.id, two.body.id);
});

t.test('a nickname that is taken or unfit keeps nobody out', async (t) => {
  await signUp('hopper');
  for (const preferred_username of ['HOPPER', 'hopper', '\u202eevil', 'a b', '', 'x'.repeat(200), { $ne: '' }, 7]) {
    const { status, body } = await get('/v1/me', issuer.token({ ...person(), preferred_username }));
    t.equal(status, 200);
    t.match(body.nickname, /^[\p{L}\p{N}][\p{L}\p{N}_.-]+$/u);
    t.not(body.nickname.toLowerCase(), 'hopper');
  }
});

t.test('no claim makes anybody an admin, or somebody of ours', async (t) => {
  const user = await signUp();
  const claims = { role: 'admin', roles: ['admin'], ep: 7, sub: user.id };
  const mine = await get('/v1/me', issuer.token(claims));
  t.match(mine.body, { role: 'user' });
  t.not(mine.body.id, user.id, 'the id of one of ours is a word like any other');
  const token = issuer.token({ ...claims, email: user.email });
  t.match(await post(`/v1/admin/users/${user.id}/disable`, undefined, token), { status: 403 });
  await users.updateOne({ _id: mine.body.id }, { $set: { role: 'admin' } });
  t.equal((await post(`/v1/admin/users/${user.id}/disable`, undefined, token)).status, 204, 'but our own word does');
});

t.test('he does here what everybody may', async (t) => {
  const token = issuer.token({ ...person(), preferred_username: 'barbara' });
  const made = await post('/v1/rooms', { name: 'a room' }, token);
  t.equal(made.status, 201);
  t.match(await request('PATCH', '/v1/me', token, { nickname: 'liskov' }), {
    status: 200,
    body: { nickname: 'liskov' },
  });
  const reader = await signUp();
  t.match(await get('/v1/users/by-nickname/liskov', reader.token), { status: 200 });
  const found = await get('/v1/users?nickname=lisk', reader.token);
  t.match(found.body.items, [{ nickname: 'liskov' }]);
  for (const path of ['/v1/auth/login', '/v1/auth/signup']) {
    const nobody = await post(path, { email: '', nickname: 'x1', password: '' });
    t.equal(nobody.status, 400, 'and there is no other way in to his account');
  }
});

t.test('a log-out that could not last is refused: the session is the issuer’s', async (t) => {
  const token = issuer.token(person());
  for (const [method, path] of [
    ['POST', '/v1/auth/logout'],
    ['DELETE', '/v1/me/sessions/current'],
  ] as const) {
    t.match(await request(method, path, token), { status: 403, body: { code: 'forbidden' } });
  }
  t.equal((await get('/v1/me', token)).status, 200);
});

t.test('who is disabled is out with whatever token, and in again when he is enabled', async (t) => {
  const of = person();
  const { body } = await get('/v1/me', issuer.token(of));
  const admin = await signUp();
  await users.updateOne({ _id: admin.id }, { $set: { role: 'admin' } });
  const heard: unknown[] = [];
  bus.revocations.follow({ revoked: (one) => void heard.push(one) });
  t.equal((await post(`/v1/admin/users/${body.id}/disable`, undefined, admin.token)).status, 204);
  t.match(heard.at(-1), { kind: 'user', user: body.id, epoch: 1 });
  const disabled = { status: 403, body: { type: 'urn:gapless:problem:account_disabled' } };
  t.match(await get('/v1/me', issuer.token(of)), disabled);
  t.match(await get('/v1/me', issuer.token({ ...of, sid: 'a new one' })), disabled);
  const asked = { iss: issuer.trusted.issuer, sub: of.sub };
  await t.rejects(bus.commands.call('identity.resolve', asked), { message: /disabled/ });
  await post(`/v1/admin/users/${body.id}/enable`, undefined, admin.token);
  t.match(await get('/v1/me', issuer.token(of)), { status: 200, body: { id: body.id } });
  t.same(await bus.commands.call('identity.resolve', asked), { u: body.id, ep: 1 });
});

t.test('whatever is not right about a token is refused, and makes nobody', async (t) => {
  const before = await db.collection('identities').countDocuments();
  const claims = person();
  const soon = Date.now() / 1000;
  for (const [what, token] of Object.entries({
    audience: issuer.token({ ...claims, aud: 'somebody-else' }),
    'our own audience': issuer.token({ ...claims, aud: 'gapless' }),
    ended: issuer.token({ ...claims, exp: soon - 60 }),
    'far future': issuer.token({ ...claims, exp: soon + 10 * 86_400 }),
    algorithm: issuer.token(claims, { header: { alg: 'HS256' } }),
    none: issuer.token(claims, { header: { alg: 'none' } }),
    'key of another issuer': issuer.token(claims, { key: other.key }),
    'our own name': issuer.token({ ...claims, iss: 'gapless', aud: 'gapless', sid: newId(), role: 'admin' }),
    'a subject of nobody': issuer.token({ ...claims, sub: '' }),
  })) {
    t.match(await get('/v1/me', token), refused, what);
  }
  t.equal(await db.collection('identities').countDocuments(), before);
});

t.test('our own tokens are as they were, and of no other issuer', async (t) => {
  const user = await signUp();
  t.equal((await get('/v1/me', user.token)).status, 200);
  const plain = await startApi(t, mongo.url);
  t.match(await plain.get('/v1/me', issuer.token()), refused, 'without the setting nobody else is trusted');
  t.match(await plain.get('/v1/me', user.token), refused);
});

t.test('while an issuer’s keys cannot be had his people wait, and nobody else', async (t) => {
  const away = await startForeignIssuer(t);
  await away.close();
  const file = trustedIssuersFile(t, away.trusted, issuer.trusted);
  const { get: ask, signUp: join } = await startApi(t, mongo.url, { config: { trustedIssuersFile: file } });
  const answer = await ask('/v1/me', away.token());
  t.match(answer, { status: 503, body: { type: 'urn:gapless:problem:issuer_unavailable', code: 'unavailable' } });
  t.ok(Number(answer.headers['retry-after']) > 0);
  t.equal((await ask('/v1/me', issuer.token())).status, 200);
  t.equal((await ask('/v1/me', (await join()).token)).status, 200);
});

t.test('what an edge asks is checked like what a client says', async (t) => {
  const iss = issuer.trusted.issuer;
  for (const p of [
    {},
    { iss, sub: { $ne: '' } },
    { iss: [iss], sub: 'a' },
    { iss, sub: '' },
    { iss, sub: 'x'.repeat(256) },
  ]) {
    await t.rejects(bus.commands.call('identity.resolve', p), { name: 'Failure' });
  }
});
