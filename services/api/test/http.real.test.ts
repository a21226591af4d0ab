import { connect } from 'node:net';
import { commandsOf } from '@gapless/shared/commands';
import { startMongo, until } from '@gapless/shared/testing';
import t from 'tap';
import { startApi, type TestUser } from './support/api.ts';

const mongo = await startMongo(t);
const origins = ['https://chat.example.org', 'http://localhost:5173'];
const api = await startApi(t, mongo.url, { config: { corsOrigins: origins } });
const user = await api.signUp();
const room = await api.room(user);
const authorization = `Bearer ${user.token}`;
const inject = (method: string, url: string, headers: Record<string, string> = {}, payload?: string | Buffer) =>
  api.api.http().inject({ method: method as 'GET', url, headers, ...(payload === undefined ? {} : { payload }) });
const problem = { headers: { 'content-type': 'application/problem+json' } };
const json = { 'content-type': 'application/json', authorization };
const port = Number(new URL(api.api.url()).port);
/** What a connection of its own hears on that, to its end. */
const said = (text: string) =>
  new Promise<string>((resolve) => {
    let heard = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(text));
    socket.setEncoding('utf8').on('data', (some) => {
      heard += some;
    });
    socket.on('error', () => undefined).on('close', () => resolve(heard));
  });

t.test('a known path with another method says which it has', async (t) => {
  const shapes = new Map<string, Set<string>>();
  for (const { path, method } of commandsOf('public').map(([, contract]) => contract)) {
    const url = `/v1${path.replace(/:\w+/g, 'x')}`;
    const known = shapes.get(url) ?? new Set<string>();
    shapes.set(url, known.add(method));
    if (method === 'GET') known.add('HEAD');
  }
  for (const [url, known] of shapes) {
    const others = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !known.has(method));
    for (const method of others) {
      const { statusCode, headers, payload } = await inject(method, url, json, method === 'GET' ? undefined : '{"a":');
      t.equal(statusCode, 405, `${method} ${url}`);
      t.same(new Set(String(headers['allow']).split(', ')), known, `${url} allows ${headers['allow']}`);
      if (method !== 'HEAD') t.match(JSON.parse(payload), { type: 'urn:gapless:problem:method_not_allowed' });
    }
  }
  t.match(await inject('PUT', '/v1/nothing', {}, '{}'), { statusCode: 404 });
});

t.test('what has a version is read again, and changed, only if it is the one that is meant', async (t) => {
  const me = await api.signUp();
  const ask = (method: 'GET' | 'HEAD' | 'PATCH', more: Record<string, string>, body?: object) =>
    api.request(method, '/v1/me', me.token, body, more);
  const first = await ask('GET', {});
  const tag = String(first.headers['etag']);
  t.equal(tag, `"${first.body.version}"`);
  for (const list of [tag, `W/${tag}`, '*', `"0", ${tag}`]) {
    const same = await ask('GET', { 'if-none-match': list });
    t.match(same, { status: 304, body: undefined, headers: { etag: tag } }, list);
    t.equal((await ask('HEAD', { 'if-none-match': list })).status, 304);
  }
  t.equal((await ask('GET', { 'if-none-match': '"0", "x"' })).status, 200);

  const stale = { status: 412, body: { type: 'urn:gapless:problem:stale', code: 'conflict' } };
  for (const list of ['"99"', `W/${tag}`, 'nonsense', '']) {
    t.match(await ask('PATCH', { 'if-match': list }, { findableByEmail: true }), stale, list);
  }
  t.same((await ask('GET', {})).body, first.body, 'and nothing was changed');
  const changed = await ask('PATCH', { 'if-match': `"99", ${tag}` }, { findableByEmail: true });
  t.equal(changed.status, 200);
  t.equal(changed.headers['etag'], `"${changed.body.version}"`);
  t.not(changed.headers['etag'], tag);
  t.match(await ask('PATCH', { 'if-match': tag }, { findableByEmail: false }), stale);
  t.equal((await ask('PATCH', { 'if-match': '*' }, { findableByEmail: false })).status, 200);
});

t.test('HEAD is GET without the body', async (t) => {
  const got = await inject('GET', '/v1/rooms', { authorization });
  const head = await inject('HEAD', '/v1/rooms', { authorization });
  t.equal(head.statusCode, 200);
  t.equal(head.payload, '');
  t.equal(head.headers['content-length'], got.headers['content-length']);
  t.equal((await inject('HEAD', '/v1/rooms')).statusCode, 401);
});

t.test('every answer is data that no browser runs, frames or guesses at', async (t) => {
  for (const [url, headers] of [
    ['/v1/me', { authorization }],
    ['/v1/me', {}],
    ['/v1/nothing', {}],
    ['/openapi.json', {}],
    ['/asyncapi.json', {}],
  ] as const) {
    t.match((await inject('GET', url, headers)).headers, {
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    });
  }
  const page = await inject('GET', '/docs/');
  t.match(page.headers, { 'x-content-type-options': 'nosniff', 'content-security-policy': /frame-ancestors 'none'/ });
  t.equal((await inject('GET', '/v1/me', { authorization })).headers['cache-control'], 'no-store');
});

t.test('pages of the named origins may ask, and no others', async (t) => {
  const asks = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
  };
  for (const origin of origins) {
    const preflight = await inject('OPTIONS', '/v1/rooms', { origin, ...asks });
    t.match(preflight, { statusCode: 204, headers: { 'access-control-allow-origin': origin, vary: /Origin/ } });
    t.match(preflight.headers['access-control-allow-headers'], /Idempotency-Key.*If-Match/);
    t.match(preflight.headers['access-control-allow-methods'], /PATCH/);
    t.equal(preflight.headers['access-control-max-age'], '600');
    const { headers } = await inject('GET', '/v1/rooms', { origin, authorization });
    t.equal(headers['access-control-allow-origin'], origin);
    t.match(headers['access-control-expose-headers'], /ETag, Link, Location, Retry-After/);
    t.notOk('access-control-allow-credentials' in headers, 'no cookies are asked for');
  }
  const strangers = [
    'https://evil.example',
    'https://chat.example.org.evil.example',
    'http://chat.example.org',
    'null',
    '*',
  ];
  for (const origin of strangers) {
    for (const answer of [
      await inject('OPTIONS', '/v1/rooms', { origin, ...asks }),
      await inject('GET', '/v1/rooms', { origin, authorization }),
    ]) {
      t.notOk('access-control-allow-origin' in answer.headers, origin);
    }
  }
  const refused = await inject('GET', '/v1/rooms', { origin: origins[0] as string });
  t.match(
    refused,
    { statusCode: 401, headers: { 'access-control-allow-origin': origins[0] } },
    'problems can be read, too',
  );
});

t.test('without named origins no page of another origin may ask', async (t) => {
  const closed = await startApi(t, mongo.url);
  const headers = { origin: origins[0] as string, 'access-control-request-method': 'GET' };
  const preflight = await closed.api.http().inject({ method: 'OPTIONS', url: '/v1/rooms', headers });
  t.equal(preflight.statusCode, 404);
  t.notOk('access-control-allow-origin' in preflight.headers);
});

t.test('how many requests are left is said, and when there will be more', async (t) => {
  const strict = await startApi(t, mongo.url, { config: { requestsPerMinute: 3, loginsPerMinute: 1 } });
  const first = await strict.get('/v1/me');
  t.match(first.headers, { 'ratelimit-limit': '3', 'ratelimit-remaining': '2', 'ratelimit-reset': String });
  await strict.get('/v1/me');
  await strict.get('/v1/me');
  const { status, headers, body } = await strict.get('/v1/me');
  t.match({ status, body }, { status: 429, body: { type: 'urn:gapless:problem:rate_limited', code: 'rate_limited' } });
  t.match(headers, { 'ratelimit-remaining': '0' });
  const seconds = Number(headers['retry-after']);
  t.ok(seconds >= 1 && seconds <= 60, `${headers['retry-after']}`);
  t.equal((await strict.get('/v1/nothing')).status, 429, 'what is not there is counted, too');
  for (const path of ['/v1/images/x', '/v1/files/x/content']) {
    const picture = await strict.get(path);
    t.equal(picture.status, 404, 'pictures are counted apart');
    t.match(picture.headers, { 'ratelimit-limit': '30' });
  }
});

t.test('a list says where its next page is, and that page can be asked for as it stands', async (t) => {
  const owner = await api.signUp();
  for (let n = 0; n < 3; n++) await api.room(owner, `room ${n}`);
  let url = '/v1/rooms?limit=1';
  const seen: string[] = [];
  for (let pages = 0; pages < 3; pages++) {
    const { body, headers } = await api.get(url, owner.token);
    seen.push(...body.items.map(({ id }: { id: string }) => id));
    const next = /^<([^>]*)>; rel="next"$/.exec(String(headers['link'] ?? ''))?.[1];
    t.equal(next === undefined, pages === 2);
    url = next ?? url;
  }
  t.equal(new Set(seen).size, 3);
});

t.test('an empty body is no body, whatever type it has', async (t) => {
  t.equal((await inject('POST', `/v1/rooms/${room}/join`, json, '')).statusCode, 200);
  t.equal((await inject('POST', `/v1/rooms/${room}/join`, { authorization })).statusCode, 200);
  t.match(await inject('POST', '/v1/rooms', json, ''), { statusCode: 400, ...problem });
});

t.test('JSON is UTF-8, not too deep, and has no tricks in it', async (t) => {
  const create = (payload: string | Buffer) => inject('POST', '/v1/rooms', json, payload);
  const before = (await api.get('/v1/rooms', user.token)).body.items.length;
  for (const payload of [
    Buffer.from('7b226e616d65223a22ff22', 'hex'),
    Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    Buffer.from('{"name":"utf-16"}', 'utf16le'),
    `{"name":${'['.repeat(30_000)}`,
    `{"name":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}`,
    '{"name":"a","__proto__":{"isAdmin":true}}',
    '{"name":"a","constructor":{"prototype":{"isAdmin":true}}}',
    '{"name":"a","toString":"b"}',
    '{"name":"a\\u0000"}',
    '{"name":"a\\ud800"}',
    '{"name":{"$gt":""}}',
    '[{"name":"a"}]',
    '"name"',
    'null',
    '{"name":"a"} {"name":"b"}',
    "{'name':'a'}",
  ]) {
    const { statusCode, headers } = await create(payload);
    t.equal(statusCode, 400, String(payload).slice(0, 40));
    t.equal(headers['content-type'], 'application/problem+json');
  }
  t.equal((await api.get('/v1/rooms', user.token)).body.items.length, before, 'nothing was made');
  t.equal(({} as Record<string, unknown>)['isAdmin'], undefined);
});

t.test('a body counts where the command takes one, and nowhere else', async (t) => {
  const path = `/v1/rooms/${room}/messages/1`;
  const body = JSON.stringify({ clientId: { $ne: '' }, sequence: 9, room: 'x' });
  const answer = await inject('DELETE', path, json, body);
  t.match(answer.json(), { type: 'urn:gapless:problem:not_found' }, 'it is not looked at');
  t.match(await inject('DELETE', `${path}?clientId[$ne]=`, { authorization }), { statusCode: 400 });
  t.match(await inject('POST', `/v1/rooms/${room}/join?user=x`, json, '{}'), { statusCode: 400 });
});

t.test('each parameter is given once', async (t) => {
  for (const query of [
    'limit=1&limit=2',
    'limit[]=1',
    'limit[$gt]=1',
    '__proto__[x]=1',
    'constructor=1',
    'limit=1%00',
  ]) {
    t.match(await inject('GET', `/v1/rooms?${query}`, { authorization }), { statusCode: 400, ...problem }, query);
  }
  const key = { ...json, 'idempotency-key': 'k'.repeat(20) };
  const differs = await inject('POST', '/v1/rooms', key, JSON.stringify({ name: 'a', clientId: 'c'.repeat(20) }));
  t.equal(differs.statusCode, 400);
});

t.test('what a client says never becomes a header or another address', async (t) => {
  const tricks = ['limit=1&cursor=%0d%0aset-cookie:%20a=b', 'limit=1%0d%0ax:y'];
  for (const query of tricks) {
    const { statusCode, headers } = await inject('GET', `/v1/rooms?${query}`, { authorization });
    t.equal(statusCode, 400);
    t.notOk('set-cookie' in headers || 'x' in headers);
  }
  const { headers } = await inject('GET', '/v1/rooms?limit=1', { authorization, host: 'evil.example' });
  t.notMatch(JSON.stringify(headers), /evil/);
  t.match(await inject('GET', 'http://evil.example//v1//rooms', { authorization }), { statusCode: 404 });
});

t.test('an emoji of many code points stands in a path', async (t) => {
  const family = '👩🏽‍❤️‍💋‍👨🏿';
  t.ok(encodeURIComponent(family).length > 100);
  const { json: body } = await inject(
    'PUT',
    `/v1/rooms/${room}/messages/9/reactions/${encodeURIComponent(family)}`,
    json,
  );
  t.not(body().type, 'urn:gapless:problem:route_not_found');
  const long = await inject('PUT', `/v1/rooms/${room}/messages/9/reactions/${'x'.repeat(501)}`, json);
  t.match(long, { statusCode: 400, ...problem });
});

t.test('what is no request of HTTP is answered by a problem, and the connection ends', async (t) => {
  const get = 'GET /v1/rooms HTTP/1.1\r\nhost: x\r\n';
  for (const [text, status, kind] of [
    ['GET\r\n\r\n', 400, 'invalid_request'],
    [`${get}bad header\r\n\r\n`, 400, 'invalid_request'],
    [`${get}x: ${'y'.repeat(40_000)}\r\n\r\n`, 431, 'head_too_large'],
  ] as const) {
    const [head = '', body = ''] = (await said(text)).split('\r\n\r\n');
    t.match(head, new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*content-type: application/problem\\+json`));
    t.match(JSON.parse(body), { status, type: `urn:gapless:problem:${kind}` });
  }
  const unexpected = await said(`${get}expect: x\r\nconnection: close\r\n\r\n`);
  t.match(unexpected, /^HTTP\/1.1 401 [\s\S]*token_required/, 'an expectation is overlooked');
});

t.test('who is gone before his request is read is a fault of nobody’s', async (t) => {
  const { server } = api.api.http();
  server.once('connection', (socket) => Object.defineProperty(socket, 'remoteAddress', { value: undefined }));
  const heard = await said('GET /v1/rooms HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  t.match(heard, /^HTTP\/1.1 400 [\s\S]*invalid_request/);
});

t.test('who was let in before his body had come is looked at again when it is there', async (t) => {
  const body = JSON.stringify({ name: 'late' });
  /** Asks for a room by hand: what is written when is the test's. */
  const asking = ({ token }: TestUser, first: string) => {
    const socket = connect({ port, host: '127.0.0.1' });
    t.teardown(() => socket.destroy());
    let heard = '';
    socket.setEncoding('utf8').on('data', (some) => {
      heard += some;
    });
    const head = `host: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json`;
    socket.write(`POST /v1/rooms HTTP/1.1\r\n${head}\r\ncontent-length: ${body.length}\r\n\r\n${first}`);
    const status = async () => {
      await until('an answer', () => heard.includes('\r\n\r\n'));
      return Number(/^HTTP\/1.1 (\d+)/.exec(heard)?.[1]);
    };
    return { write: (more: string) => void socket.write(more), status };
  };
  const looks = async () =>
    (await api.plans.operations()).filter(({ ns, op }) => ns.endsWith('.sessions') && op === 'query').length;
  const letIn = async (who: TestUser) => {
    await looks();
    const asked = asking(who, body.slice(0, 5));
    await until('he is let in', async () => (await looks()) > 0);
    return asked;
  };

  const [staying, leaving] = [await api.signUp(), await api.signUp()];
  await looks();
  t.equal(await asking(staying, body).status(), 201);
  t.equal(await looks(), 1, 'once where all of it comes at once');

  const late = await letIn(staying);
  late.write(body.slice(5));
  t.equal(await late.status(), 201);
  t.equal(await looks(), 1, 'again');

  const tooLate = await letIn(leaving);
  t.equal((await api.post('/v1/auth/logout', null, leaving.token)).status, 204);
  tooLate.write(body.slice(5));
  t.equal(await tooLate.status(), 401);
  const again = await api.post('/v1/auth/login', { email: leaving.email, password: leaving.password });
  t.same((await api.get('/v1/rooms', again.body.accessToken)).body.items, [], 'and nothing was made');
});
