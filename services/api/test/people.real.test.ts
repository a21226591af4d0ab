import { type Callable, callSubject } from '@gapless/shared/commands';
import { newId, type UserId } from '@gapless/shared/schema';
import { startMongo, until } from '@gapless/shared/testing';
import t from 'tap';
import { startApi, type TestUser } from './support/api.ts';
import { explain } from './support/explain.ts';
import { tokenTo } from './support/outbox.ts';

const mongo = await startMongo(t);
const api = await startApi(t, mongo.url);
const { get, request, signUp, bus } = api;
const db = api.mongo.db(api.config.mongoDatabase);

const change = (user: TestUser, body: unknown) => request('PATCH', '/v1/me', user.token, body);
const call = (user: TestUser, name: Callable, p: object = {}) =>
  bus.commands.change(callSubject(name), { u: user.id, sid: newId(), p });
const confirm = async (user: TestUser) => api.post('/v1/auth/verify-email', { token: await tokenTo(api, user.email) });
const notFound = { status: 404, body: { type: 'urn:gapless:problem:not_found', detail: 'No such user' } };
const bad = { status: 400, body: { code: 'bad_frame' } };

t.test('my profile has a version, and is changed only where it is that one still', async (t) => {
  const user = await signUp();
  const mine = await get('/v1/me', user.token);
  t.match(mine, {
    status: 200,
    headers: { etag: '"1"' },
    body: { email: user.email, version: 1, findableByEmail: false },
  });
  const ifMatch = (tag: string, image: string) =>
    api.api.http().inject({
      method: 'PATCH',
      url: '/v1/me',
      headers: { authorization: `Bearer ${user.token}`, 'if-match': tag },
      payload: { image },
    });
  t.match(await ifMatch('"1"', 'https://example.org/1.png'), { statusCode: 200, headers: { etag: '"2"' } });
  const late = await ifMatch('"1"', 'https://example.org/2.png');
  t.match([late.statusCode, late.json()], [412, { type: 'urn:gapless:problem:stale', code: 'conflict' }]);
  t.match((await get('/v1/me', user.token)).body, { image: 'https://example.org/1.png', version: 2 });
});

t.test('the same over a socket, by who the session says and nobody else', async (t) => {
  const [user, other] = [await signUp(), await signUp()];
  const custom = { theme: { $set: 'dark' } };
  t.match(await call(user, 'me.change', { custom, image: 'https://example.org/i.png' }), {
    id: user.id,
    custom,
    version: 2,
  });
  t.match(await call(user, 'me.get'), { id: user.id, email: user.email, custom });
  await t.rejects(call(user, 'me.change', { image: 'https://example.org/j.png', ifVersion: 1 }), {
    message: /meanwhile/,
  });
  t.match(await call(user, 'me.change', { image: null, user: other.id, id: other.id, role: 'admin' }), { id: user.id });
  t.match(await call(other, 'me.get'), { id: other.id, version: 1, role: 'user' });
  const { body } = await get('/v1/me', user.token);
  t.match(body, { custom, role: 'user', version: 3 });
  t.notOk('image' in body);
});

t.test('others see of a profile what everybody may', async (t) => {
  const [user, reader] = [await signUp('public-one'), await signUp()];
  await change(user, { image: 'https://example.org/i.png', custom: { a: 1 }, findableByEmail: true });
  await confirm(user);
  const seen = {
    id: user.id,
    nickname: 'public-one',
    image: 'https://example.org/i.png',
    custom: { a: 1 },
    version: 3,
  };
  t.same((await get(`/v1/users/${user.id}`, reader.token)).body, seen);
  t.same((await get('/v1/users/by-nickname/PUBLIC-ONE', reader.token)).body, seen);
  t.same((await get('/v1/users?nickname=public-', reader.token)).body, { items: [seen] });
  t.same((await get(`/v1/users?email=${user.email}`, reader.token)).body, { items: [seen] });
  t.same(await call(reader, 'users.get', { user: user.id }), seen);
  t.same(await call(reader, 'users.byNickname', { nickname: 'public-one' }), seen);
  t.same(await call(reader, 'users.search', { nickname: 'public-' }), { items: [seen] });
  t.match(await get(`/v1/users/${newId()}`, reader.token), notFound);
  t.match(await get('/v1/users/by-nickname/nobody-here', reader.token), notFound);
});

t.test('an address that its owner does not show is as one that nobody has', async (t) => {
  const [user, reader] = [await signUp(), await signUp()];
  const hidden = await get(`/v1/users?email=${user.email}`, reader.token);
  const unknown = await get('/v1/users?email=nobody@example.org', reader.token);
  t.same([hidden.status, hidden.body], [unknown.status, unknown.body]);
  t.same(hidden.body, { items: [] });
  t.match(await get('/v1/users', reader.token), bad);
  t.match(await get('/v1/users?nickname=a&email=b@example.org', reader.token), bad);
});

t.test('a search comes in pages, with a link to the next', async (t) => {
  const reader = await signUp();
  for (const n of [1, 2, 3]) await signUp(`linked-${n}`);
  const first = await get('/v1/users?nickname=linked-&limit=2', reader.token);
  t.match(first.body, { items: [{ nickname: 'linked-1' }, { nickname: 'linked-2' }], next: String });
  const [, link = ''] = /^<(.*)>; rel="next"$/.exec(String(first.headers['link'])) ?? [];
  const second = await get(link, reader.token);
  t.match(second.body, { items: [{ nickname: 'linked-3' }] });
  t.notOk('next' in second.body);
  const stolen = await get(`/v1/users?nickname=other&cursor=${first.body.next}`, reader.token);
  t.match(stolen, { status: 400, body: { code: 'bad_cursor' } });
});

t.test('who renames himself is found by the new nickname, and nobody gets the old one', async (t) => {
  const [user, other] = [await signUp('before-it'), await signUp()];
  t.match(await change(user, { nickname: 'after-it' }), { status: 200, body: { nickname: 'after-it' } });
  t.match(await get('/v1/users/by-nickname/after-it', other.token), { status: 200, body: { id: user.id } });
  t.match(await get('/v1/users/by-nickname/before-it', other.token), notFound);
  const taken = { status: 409, body: { type: 'urn:gapless:problem:nickname_taken' } };
  t.match(await change(other, { nickname: 'BEFORE-it' }), taken);
  const account = { email: 'thief@example.org', nickname: 'before-it', password: 'a long enough one' };
  t.match(await request('POST', '/v1/auth/signup', undefined, account), taken);
});

t.test('a block hides each from the other, and only who made it lists it and takes it back', async (t) => {
  const [a, b] = [await signUp('blocker-a'), await signUp('blocked-b')];
  const block = (by: TestUser, whom: TestUser, method: 'PUT' | 'DELETE' = 'PUT') =>
    request(method, `/v1/me/blocked/${whom.id}`, by.token);
  t.equal((await block(a, b)).status, 204);
  t.equal((await block(a, b)).status, 204, 'again');
  t.match((await get('/v1/me/blocked', a.token)).body, { items: [{ user: b.id, nickname: 'blocked-b' }] });
  t.same((await get('/v1/me/blocked', b.token)).body, { items: [] });
  for (const [reader, path] of [
    [a, 'blocked-b'],
    [b, 'blocker-a'],
  ] as const) {
    t.match(await get(`/v1/users/by-nickname/${path}`, reader.token), notFound);
    t.same((await get(`/v1/users?nickname=${path}`, reader.token)).body, { items: [] });
  }
  t.equal((await block(b, a, 'DELETE')).status, 204);
  t.match(await get('/v1/users/by-nickname/blocker-a', b.token), notFound, 'who is blocked does not end it');
  await call(a, 'users.unblock', { user: b.id });
  t.equal((await get('/v1/users/by-nickname/blocker-a', b.token)).status, 200);
  t.match(await block(a, a), { status: 403 });
  t.match(await request('PUT', `/v1/me/blocked/${newId()}`, a.token), notFound);
});

t.test('whom I have blocked comes in pages', async (t) => {
  const user = await signUp();
  const others = [await signUp(), await signUp(), await signUp()];
  for (const other of others) await call(user, 'users.block', { user: other.id });
  const first = await get('/v1/me/blocked?limit=2', user.token);
  const second = await get(`/v1/me/blocked?limit=2&cursor=${first.body.next}`, user.token);
  const seen = [...first.body.items, ...second.body.items].map(({ user: id }: { user: string }) => id);
  t.same(seen.sort(), others.map(({ id }) => id).sort());
});

t.test('operators, prototypes and what is no text are refused, and change nothing', async (t) => {
  const user = await signUp();
  const hostile = [{ $gt: '' }, { $ne: null }, ['a'], 1, true, '', 'x'.repeat(5_000), '\u202eevil', 'a\u0000b'];
  for (const value of hostile) {
    t.match(await change(user, { nickname: value }), bad, JSON.stringify(value).slice(0, 20));
    t.match(await change(user, { image: value }), bad, JSON.stringify(value).slice(0, 20));
  }
  const images = [
    'http://example.org/i.png',
    'javascript:alert(1)',
    'data:image/png;base64,AA',
    'https://a@b.org/',
    '//x',
  ];
  for (const image of images) t.match(await change(user, { image }), bad, image);
  for (const custom of ['text', 1, [1], true]) t.match(await change(user, { custom }), bad);
  t.match(await change(user, { findableByEmail: 'yes' }), bad);
  t.match(await change(user, { role: 'admin' }), bad, 'what nobody may change');
  const raw = (payload: string) =>
    api.api.http().inject({
      method: 'PATCH',
      url: '/v1/me',
      headers: { authorization: `Bearer ${user.token}`, 'content-type': 'application/json' },
      payload,
    });
  t.equal((await raw('{"custom":{"__proto__":{"admin":true}}}')).statusCode, 400);
  t.equal((await raw('{"__proto__":{"nickname":"x"}}')).statusCode, 400);
  t.equal((await raw(`{"custom":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`)).statusCode, 400);
  t.match(await get('/v1/users?nickname[$gt]=', user.token), bad);
  t.match(await get('/v1/users?email[$ne]=x', user.token), bad);
  t.match(await get(`/v1/users/${encodeURIComponent('{"$gt":""}')}`, user.token), bad);
  t.match(await request('PUT', '/v1/me/blocked/$gt', user.token), bad);
  for (const p of [
    { nickname: { $gt: '' } },
    { custom: JSON.parse('{"__proto__":{}}') },
    { image: ['https://a.org'] },
  ]) {
    await t.rejects(call(user, 'me.change', p), { name: 'Failure' });
  }
  t.match((await get('/v1/me', user.token)).body, { version: 1 });
  t.equal(({} as Record<string, unknown>)['admin'], undefined);
});

t.test('a disabled user keeps his name for others, and is found by nobody', async (t) => {
  const [user, reader] = [await signUp('gone-by'), await signUp()];
  const before = await get(`/v1/users/${user.id}`, reader.token);
  await api.mongo
    .db(api.config.mongoDatabase)
    .collection<{ _id: string }>('users')
    .updateOne({ _id: reader.id }, { $set: { role: 'admin' } });
  t.equal((await request('POST', `/v1/admin/users/${user.id}/disable`, reader.token)).status, 204);
  const after = await get(`/v1/users/${user.id}`, reader.token);
  t.match(after.body, { nickname: 'gone-by', disabled: true });
  t.not(after.headers['etag'], before.headers['etag']);
  t.match(await get('/v1/users/by-nickname/gone-by', reader.token), notFound);
  t.equal((await request('POST', `/v1/admin/users/${user.id}/enable`, reader.token)).status, 204);
  t.equal((await get('/v1/users/by-nickname/gone-by', reader.token)).status, 200);
});

t.test('each of it goes by an index', async () => {
  const [user, other] = [await signUp('indexed'), await signUp()];
  await call(user, 'users.block', { user: other.id });
  await explain(db, async () => {
    await get('/v1/me', user.token);
    await change(user, { nickname: 'indexed-anew' });
    await get('/v1/users/by-nickname/indexed', user.token);
    await get('/v1/users?nickname=in', user.token);
    await get(`/v1/users?email=${other.email}`, user.token);
    await get('/v1/me/blocked', user.token);
    await call(user, 'users.block', { user: other.id });
    await call(user, 'users.unblock', { user: other.id });
  });
});

t.test('who is online is told to those who share a room, in pages, however many others are', async (t) => {
  const api = await startApi(t, mongo.url);
  const [ann, ben, cleo, dora] = [await api.signUp(), await api.signUp(), await api.signUp(), await api.signUp()];
  const room = await api.room(ann);
  for (const { token } of [ben, dora]) await api.post(`/v1/rooms/${room}/join`, {}, token);
  const strangers = (count: number) => Array.from({ length: count }, () => newId<UserId>());
  let n = 0;
  const report = (users: string[]) =>
    api.bus.presence.report({ edge: 'an edge', n: ++n, part: 'only', on: users as UserId[] });
  const page = (user: TestUser, query = '') => api.get(`/v1/users/active${query}`, user.token);
  const ids = ({ body }: { body: { items: { id: string }[] } }) => body.items.map(({ id }) => id);

  report([ann.id, ben.id, cleo.id]);
  await until('it is known who is here', async () => (await page(ann)).status === 200);
  const both = [ann.id, ben.id].sort();
  t.same(ids(await page(ann)), both);
  t.same(ids(await page(cleo)), [cleo.id], 'a stranger sees himself');

  // More than are looked at in one piece: then the members of his rooms are fewer.
  report([ann.id, ben.id, cleo.id, ...strangers(300)]);
  await until('they are here', async () => ids(await page(ann)).length === 2);
  t.same(ids(await page(ann)), both);
  const first = await page(ann, '?limit=1');
  t.same(ids(first), [both[0]]);
  t.match((await page(ann, `?limit=1&cursor=${first.body.next}`)).body, {
    items: [{ id: both[1], presence: 'online' }],
  });

  // And here his rooms have too many.
  const rooms = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string }>('rooms');
  await rooms.updateOne({ _id: room }, { $set: { members: 10_000 } });
  report([ann.id, ben.id, ...strangers(2_500)]);
  const walked: string[] = [];
  await until('all of them are here', async () => {
    walked.splice(0);
    let pages = 0;
    for (let cursor: string | undefined = ''; cursor !== undefined && pages < 20; pages++) {
      const { body } = await page(ann, cursor === '' ? '' : `?cursor=${cursor}`);
      walked.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.next;
    }
    return pages === 2;
  });
  t.same(walked, both);
  t.equal((await api.request('PUT', `/v1/me/blocked/${ann.id}`, ben.token)).status, 204);
  t.notOk(ids(await page(ann)).includes(ben.id), 'who has blocked me is nobody');
});
