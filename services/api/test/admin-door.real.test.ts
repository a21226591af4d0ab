import { commandsOf, doorOf, type Scope, scopeOf, scopes } from '@gapless/shared/commands';
import { newId, type UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { aKey, anAdmin, askingAdmin, requestFor } from './support/admin.ts';
import { startApi } from './support/api.ts';
import { formOf, formType, partOf } from './support/uploads.ts';

const mongo = await startMongo(t);
let now = Date.now();
const api = await startApi(t, mongo.url, { deps: { clock: { now: () => now } } });
const ask = askingAdmin(api);
const [admin, user] = [await anAdmin(api), await api.signUp()];
const audit = api.mongo.db(api.config.mongoDatabase).collection('audit');
const problem = (kind: string) => ({ body: { type: `urn:gapless:problem:${kind}` } });
const served = commandsOf('admin');

t.test('a key is shown once, and works until it is revoked or has ended', async (t) => {
  const asked = { name: 'Shop', scopes: ['users:read'], clientId: newId<never>() };
  const made = await ask(admin.token, 'POST', '/v1/admin/keys', asked);
  t.match(made, { status: 201, body: { name: 'Shop', by: `user:${admin.id}`, secret: /^gk_/ } });
  t.equal(made.headers['location'], `/v1/admin/keys/${made.body.id}`);
  const again = await ask(admin.token, 'POST', '/v1/admin/keys', asked);
  t.match(again, { status: 201, body: { id: made.body.id } });
  t.notOk('secret' in again.body, 'repeated it is answered without its secret');
  t.match(await ask(admin.token, 'POST', '/v1/admin/keys', { ...asked, name: 'Other' }), problem('id_reused'));

  const { secret, id } = made.body;
  t.equal((await ask(secret, 'GET', `/v1/users/${user.id}`, undefined, { as: user.id })).status, 200);
  const listed = await ask(admin.token, 'GET', '/v1/admin/keys');
  t.match(listed.body.items, [{ id, usedAt: String }]);
  t.notMatch(JSON.stringify(listed.body), secret.slice(-20));
  const stored = JSON.stringify(await api.mongo.db(api.config.mongoDatabase).collection('api_keys').find().toArray());
  t.notMatch(stored, secret.slice(-20), 'nor does it stand in the store');

  t.equal((await ask(admin.token, 'DELETE', `/v1/admin/keys/${id}`)).status, 204);
  t.equal((await ask(admin.token, 'DELETE', `/v1/admin/keys/${id}`)).status, 204, 'again');
  t.match(await ask(secret, 'GET', `/v1/users/${user.id}`, undefined, { as: user.id }), problem('token_required'));
  t.match(await ask(admin.token, 'GET', `/v1/admin/keys/${id}`), { body: { revokedAt: String } });

  const until = new Date(now + 60_000).toISOString();
  const briefly = { ...asked, clientId: newId<never>(), until };
  const brief = await ask(admin.token, 'POST', '/v1/admin/keys', briefly);
  t.equal((await ask(brief.body.secret, 'GET', `/v1/users/${user.id}`, undefined, { as: user.id })).status, 200);
  now += 61_000;
  t.match(await ask(brief.body.secret, 'GET', '/v1/users', undefined, { as: user.id }), problem('token_required'));
  t.match(await ask(admin.token, 'POST', '/v1/admin/keys', { name: 'late', scopes: ['users:read'], until }), {
    status: 400,
  });
  const late = await ask(admin.token, 'POST', '/v1/admin/keys', briefly);
  t.match(late, { status: 201, body: { id: brief.body.id } }, 'what was made is answered, whatever has passed since');
});

t.test('a forged key is nobody’s, and guessing is counted', async (t) => {
  const strict = await startApi(t, mongo.url, { config: { loginsPerMinute: 5 } });
  const guess = askingAdmin(strict);
  const right = await aKey(guess, await anAdmin(strict), ['admin:read']);
  const forged = [
    `${right.slice(0, -1)}${right.endsWith('A') ? 'B' : 'A'}`,
    `gk_${newId<never>()}_${right.slice(-43)}`,
    'gk_',
    `${right}x`,
  ];
  for (const key of forged) t.match(await guess(key, 'GET', '/v1/admin/keys'), problem('token_required'), key);
  await guess('gk_x', 'GET', '/v1/admin/keys');
  t.match(await guess('gk_x', 'GET', '/v1/admin/keys'), { status: 429 });
  t.equal((await guess(right, 'GET', '/v1/admin/keys')).status, 200, 'a right one is let in all the same');
});

t.test('every command is for keys of its scope, and for no other key', async (t) => {
  const [only, without] = [new Map<Scope, string>(), new Map<Scope, string>()];
  for (const scope of scopes) {
    only.set(scope, await aKey(ask, admin, [scope]));
    const others = scopes.filter((other) => other !== scope);
    without.set(scope, await aKey(ask, admin, others));
  }
  for (const [name, contract] of served) {
    const scope = scopeOf(contract) as Scope;
    t.ok(scope, name);
    const victim = await api.signUp();
    const { method, url, body } = requestFor(name, 'user' in contract.parameters.properties ? { user: victim.id } : {});
    const as = doorOf(contract) === 'public' ? { as: user.id } : {};
    const refused = await ask(without.get(scope) as string, method, url, body as object, as);
    t.match(refused, { status: 403, body: { detail: `The key has no scope ${scope}` } }, `${name} without ${scope}`);
    const letIn = await ask(only.get(scope) as string, method, url, body as object, as);
    t.not(letIn.body?.detail, `The key has no scope ${scope}`, `${name} with ${scope}`);
    t.not(letIn.status, 401);
  }
});

t.test('from where somebody asks is what his socket says, whatever proxies are trusted elsewhere', async (t) => {
  const proxied = await startApi(t, mongo.url, { config: { trustedProxies: ['127.0.0.1'], loginsPerMinute: 3 } });
  const asked = askingAdmin(proxied);
  const [{ id, token }, forged] = [await anAdmin(proxied), { 'x-forwarded-for': '203.0.113.7' }];
  t.equal((await asked(token, 'GET', '/v1/admin/limits', undefined, forged)).status, 200);
  const rows = proxied.mongo.db(proxied.config.mongoDatabase).collection('audit');
  t.match(await rows.findOne({ by: `user:${id}` }), { from: '127.0.0.1' });
  const guess = (n: number) =>
    asked('gk_x', 'GET', '/v1/admin/limits', undefined, { 'x-forwarded-for': `203.0.113.${n}` });
  for (let n = 0; n < 3; n++) await guess(n);
  t.equal((await guess(9)).status, 429, 'nor is a guesser anybody else each time');
});

t.test('a key makes no key that may more than itself', async (t) => {
  const key = await aKey(ask, admin, ['admin:write', 'users:read']);
  t.match(await ask(key, 'POST', '/v1/admin/keys', { name: 'x', scopes: ['users:write'] }), problem('forbidden'));
  t.equal((await ask(key, 'POST', '/v1/admin/keys', { name: 'x', scopes: ['users:read'] })).status, 201);
});

t.test('a key acts in the name of a user, with what that user may', async (t) => {
  const key = await aKey(ask, admin, ['rooms:write', 'messages:write', 'messages:read', 'users:read']);
  const made = await ask(key, 'POST', '/v1/rooms', { name: 'From outside' }, { as: user.id, 'idempotency-key': 'o-1' });
  t.match(made, { status: 201, body: { createdBy: user.id, role: 'owner' } });
  const again = await ask(
    key,
    'POST',
    '/v1/rooms',
    { name: 'From outside' },
    { as: user.id, 'idempotency-key': 'o-1' },
  );
  t.equal(again.body.id, made.body.id, 'once for one Idempotency-Key');
  const messages = `/v1/rooms/${made.body.id}/messages`;
  const sent = await ask(key, 'POST', messages, { body: { text: 'order 17 is ready' } }, { as: user.id });
  t.match(sent, { status: 201 });
  t.match((await api.get(messages, user.token)).body.items, [{ user: user.id, body: { text: 'order 17 is ready' } }]);
  const stranger = await api.signUp();
  const foreign = await ask(key, 'POST', messages, { body: { text: 'x' } }, { as: stranger.id });
  t.match(foreign, problem('not_member'));

  t.match(await ask(key, 'GET', '/v1/me', undefined, { as: admin.id }), {
    body: { detail: 'The key has no scope admin:write' },
  });
  const mighty = await aKey(ask, admin, ['admin:write', 'users:read']);
  t.match(await ask(mighty, 'GET', '/v1/me', undefined, { as: admin.id }), { body: { role: 'admin' } });

  t.match(await ask(key, 'GET', '/v1/me'), problem('invalid_request'), 'nobody is named');
  t.match(await ask(key, 'GET', '/v1/me', undefined, { as: 'x' as UserId }), problem('invalid_request'));
  t.match(await ask(key, 'GET', '/v1/me', undefined, { as: newId<UserId>() }), problem('not_found'));
  t.equal((await ask(admin.token, 'POST', `/v1/admin/users/${stranger.id}/disable`)).status, 204);
  t.match(await ask(key, 'GET', '/v1/me', undefined, { as: stranger.id }), problem('account_disabled'));
});

t.test('what messages say takes the scope of messages, wherever it is listed', async (t) => {
  const [person, reader] = [await aKey(ask, admin, ['users:read']), await aKey(ask, admin, ['messages:read'])];
  for (const path of ['/v1/mentions', '/v1/me/notifications']) {
    const refused = await ask(person, 'GET', path, undefined, { as: user.id });
    t.match(refused, { status: 403, body: { detail: 'The key has no scope messages:read' } }, path);
    t.equal((await ask(reader, 'GET', path, undefined, { as: user.id })).status, 200, path);
  }
  const { body: room } = await api.post('/v1/rooms', { name: 'Talked in' }, user.token);
  const last = { s: 1, u: user.id, at: new Date(), text: 'between us', ver: 1 };
  const rooms = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string }>('rooms');
  await rooms.updateOne({ _id: room.id }, { $set: { last } });
  const [one, both] = [await aKey(ask, admin, ['rooms:read']), await aKey(ask, admin, ['rooms:read', 'messages:read'])];
  for (const path of [`/v1/rooms/${room.id}`, '/v1/rooms']) {
    const shown = async (key: string) => {
      const { body } = await ask(key, 'GET', path, undefined, { as: user.id });
      return 'items' in body ? body.items.find(({ id }: { id: string }) => id === room.id) : body;
    };
    t.match(await shown(both), { id: room.id, last: { text: 'between us' } }, path);
    const { last: hidden, ...rest } = await shown(one);
    t.match([hidden, rest], [undefined, { id: room.id, role: 'owner' }], path);
  }
});

t.test('nobody else stands for a user, and no key is known at the public listener', async (t) => {
  const key = await aKey(ask, admin, scopes);
  for (const token of [admin.token, user.token]) {
    t.match(await ask(token, 'GET', '/v1/me', undefined, { as: user.id }), problem('forbidden'));
    t.match(await ask(token, 'GET', '/v1/me'), problem('forbidden'));
  }
  t.match(await ask(admin.token, 'GET', '/v1/admin/keys', undefined, { as: user.id }), problem('invalid_request'));
  const asUser = { 'gapless-as': user.id };
  t.match(await api.request('GET', '/v1/me', key, undefined, asUser), { status: 401 });
  const other = await api.signUp();
  const mine = await api.request('GET', '/v1/me', other.token, undefined, asUser);
  t.match(mine, { status: 200, body: { id: other.id } }, 'the header means nothing there');
  t.match(await api.api.http().inject({ url: '/v1/admin/keys', headers: { authorization: `Bearer ${admin.token}` } }), {
    statusCode: 404,
  });
});

t.test('the listener of admins takes no cookie, answers no other origin and is on this machine only', async (t) => {
  const http = api.api.adminHttp();
  const headers = { origin: 'https://evil.example', cookie: `token=${admin.token}` };
  const answer = await http.inject({ url: '/v1/admin/keys', headers });
  t.equal(answer.statusCode, 401);
  t.notOk(answer.headers['access-control-allow-origin']);
  t.equal(api.config.adminApiHost, '127.0.0.1');
  t.match(http.server.address(), { address: '127.0.0.1' });
});

t.test('every command of admins that is asked for once leaves one row, and nothing of what it said', async (t) => {
  const [judge, victim] = [await anAdmin(api), await api.signUp()];
  for (const [name, contract] of served) {
    if (doorOf(contract) !== 'admin') continue;
    const { method, url, body } = requestFor(name, 'user' in contract.parameters.properties ? { user: victim.id } : {});
    const before = await audit.countDocuments({});
    const { status } = await ask(judge.token, method, url, body as object);
    const rows = await audit.find({ by: `user:${judge.id}`, cmd: name }).toArray();
    t.equal((await audit.countDocuments({})) - before, 1, name);
    t.match(rows, [{ from: '127.0.0.1', end: status < 300 ? 'done' : /^[a-z_]+$/ }], name);
  }
});

t.test('acts are found by who, whom, what and when; what was refused stands there too', async (t) => {
  const [judge, victim] = [await anAdmin(api), await api.signUp()];
  const key = await aKey(ask, judge, ['messages:write', 'users:write']);
  const begin = new Date(now).toISOString();
  await ask(judge.token, 'POST', `/v1/admin/users/${victim.id}/disable`);
  await ask(victim.token, 'POST', `/v1/admin/users/${judge.id}/disable`);
  const outsider = await api.signUp();
  await ask(outsider.token, 'POST', `/v1/admin/users/${judge.id}/disable`);
  await ask(
    key,
    'POST',
    `/v1/rooms/${newId<never>()}/messages`,
    { body: { text: 'do not keep this' } },
    { as: user.id },
  );
  now += 10;
  const list = async (query: Record<string, string>) => {
    const { body } = await ask(admin.token, 'GET', `/v1/admin/audit?${new URLSearchParams(query)}`);
    return body.items as { command: string }[];
  };
  t.match(await list({ actor: `user:${judge.id}`, command: 'users.disable' }), [
    { targets: [victim.id], outcome: 'done', address: '127.0.0.1' },
  ]);
  t.match(await list({ target: judge.id, command: 'users.disable' }), [
    { actor: `user:${outsider.id}`, outcome: 'forbidden', targets: [judge.id] },
  ]);
  const ofKey = await list({ actor: `key:${key.split('_')[1]}` });
  t.match(ofKey, [{ command: 'messages.send', as: user.id, outcome: 'room_not_found' }]);
  t.notMatch(JSON.stringify(await audit.find().toArray()), /do not keep this/);
  t.same(await list({ actor: `user:${judge.id}`, until: begin, since: begin }), []);
  const page = await ask(admin.token, 'GET', '/v1/admin/audit?limit=1');
  const next = await ask(admin.token, 'GET', `/v1/admin/audit?limit=1&cursor=${page.body.next}`);
  t.equal(page.body.items.length + next.body.items.length, 2);
});

t.test('nothing is done that cannot be noted', async (t) => {
  const victim = await api.signUp();
  const db = api.mongo.db(api.config.mongoDatabase);
  await db.command({ collMod: 'audit', validator: { never: true } });
  t.match(await ask(admin.token, 'POST', `/v1/admin/users/${victim.id}/disable`), { status: 500 });
  await db.command({ collMod: 'audit', validator: {} });
  t.equal((await api.get('/v1/me', victim.token)).status, 200);
});

t.test('a back end uploads a file in the name of a user, and the act is noted', async (t) => {
  const [key, reader] = [await aKey(ask, admin, ['messages:write']), await aKey(ask, admin, ['messages:read'])];
  const upload = async (bearer: string, as?: UserId) => {
    const headers = { authorization: `Bearer ${bearer}`, 'content-type': formType, ...(as && { 'gapless-as': as }) };
    const payload = formOf(partOf(Buffer.from('a bill'), { name: 'bill.txt' }));
    const response = await api.api.adminHttp().inject({ method: 'POST', url: '/v1/files', headers, payload });
    return { status: response.statusCode, body: response.json() };
  };
  const made = await upload(key, user.id);
  t.match(made, { status: 201, body: { name: 'bill.txt', size: 6 } });
  t.match(await upload(reader, user.id), { status: 403 }, 'only with the scope');
  t.match(await upload(key), { status: 400 }, 'only for somebody');
  t.match(await upload(admin.token, user.id), { status: 403 }, 'never with a token');
  t.match(await upload('gk_x', user.id), { status: 401 });
  const acts = await audit.find({ cmd: 'files.upload' }).toArray();
  t.same(acts.map(({ end }) => end).sort(), ['done', 'forbidden', 'forbidden', 'invalid_request']);
  const done = acts.find(({ end }) => end === 'done');
  t.match(done, { as: user.id, on: [made.body.id] });

  const room = await api.room(user);
  const body = { body: { text: 'your bill', files: [made.body.id] } };
  const sent = await ask(key, 'POST', `/v1/rooms/${room}/messages`, body, { as: user.id });
  t.match(sent, { status: 201 });
});
