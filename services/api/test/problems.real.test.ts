import { errorCodes, Failure, type FailureKind, failures } from '@gapless/shared/errors';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { toProblem } from '../src/plugins/problem.ts';
import { startApi } from './support/api.ts';

const mongo = await startMongo(t);
const { api, get, post, signUp } = await startApi(t, mongo.url);
const user = await signUp();

t.test('every failure has its problem document', async (t) => {
  for (const kind of Object.keys(failures) as FailureKind[]) {
    const { code, title } = failures[kind];
    const { http = errorCodes[code].http } = failures[kind] as { http?: number };
    const problem = toProblem(new Failure(kind, { detail: 'host 10.0.0.7 refused' }), 'request-1');
    t.match(problem, { type: `urn:gapless:problem:${kind}`, title, code, status: http });
    t.equal(problem.instance, 'request-1');
    const tells = problem.detail === 'host 10.0.0.7 refused';
    t.equal(tells, problem.status < 500, `${kind} says what happened only where that is no secret`);
  }
});

t.test('a request that does not fit the schema is told where', async (t) => {
  const { status, body, headers } = await post('/v1/auth/signup', { email: 'nobody', password: 'short', extra: 1 });
  t.equal(status, 400);
  t.equal(headers['content-type'], 'application/problem+json');
  t.match(body, { type: 'urn:gapless:problem:invalid_request', status: 400, code: 'bad_frame' });
  const pointers = body.errors.map((error: { in: string; pointer: string }) => `${error.in}:${error.pointer}`);
  for (const pointer of ['body:/nickname', 'body:/email', 'body:/password', 'body:/extra']) {
    t.ok(pointers.includes(pointer), `${pointer} of ${pointers}`);
  }
});

t.test('a value of another type is not bent into shape', async (t) => {
  t.equal((await post('/v1/rooms', { name: 5 }, user.token)).status, 400);
  t.equal((await post('/v1/rooms', { name: '  ' }, user.token)).status, 400);
  t.equal((await post('/v1/rooms', [], user.token)).status, 400);
  t.equal((await post('/v1/rooms/join', { number: '1' }, user.token)).status, 400);
  for (const query of ['limit=0', 'limit=101', 'limit=ten', 'limit=1.5', 'before=-1', 'offset=3', 'before=1e99']) {
    const { status, body } = await get(`/v1/rooms/${'0'.repeat(26)}/messages?${query}`, user.token);
    t.equal(status, 400, query);
    t.equal(body.errors[0].in, 'querystring');
  }
  for (const id of ['..%2f', '*', '>', 'ROOM', '0'.repeat(27)]) {
    t.equal((await get(`/v1/rooms/${id}`, user.token)).status, 400, id);
  }
});

t.test('what is no JSON, or too long, or of another kind is refused', async (t) => {
  const send = (payload: string, type = 'application/json') =>
    api.http().inject({ method: 'POST', url: '/v1/auth/login', headers: { 'content-type': type }, payload });
  const problem = { headers: { 'content-type': 'application/problem+json' } };
  t.match(await send('{"email":'), { statusCode: 400, ...problem });
  t.match(await send(''), { statusCode: 400, ...problem });
  t.match(await send('{"__proto__":{"x":1}}'), { statusCode: 400, ...problem });
  for (const type of ['text/csv', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'json']) {
    const refused = await send('{"a":1}', type);
    t.match(refused, { statusCode: 415, ...problem }, type);
    t.equal(refused.json().type, 'urn:gapless:problem:unsupported_media');
  }
  const large = await send(JSON.stringify({ email: 'x'.repeat(70_000) }));
  t.match(large, { statusCode: 413, ...problem });
  t.equal(large.json().type, 'urn:gapless:problem:body_too_large');
});

t.test('a route that is not there is a problem as well', async (t) => {
  const missing = { status: 404, body: { type: 'urn:gapless:problem:route_not_found', code: 'not_found' } };
  t.match(await get('/v1/nothing'), missing);
  t.match(await get('/v1/rooms/%ff', user.token), {
    status: 400,
    body: { type: 'urn:gapless:problem:invalid_request' },
  });
});

t.test('a bug is told by its request id and nothing else', async (t) => {
  const clock = {
    now: () => {
      throw new TypeError('secret of the house');
    },
  };
  const broken = await startApi(t, mongo.url, { deps: { clock } });
  const { status, body } = await broken.post('/v1/auth/login', { email: 'a@example.org', password: 'whatever it is' });
  t.match({ status, body }, { status: 500, body: { type: 'urn:gapless:problem:internal', code: 'internal' } });
  t.match(body.instance, /^[0-9a-z]{26}$/);
  t.notMatch(JSON.stringify(body), /secret/);
});

t.test('the document can be browsed', async (t) => {
  const page = await api.http().inject('/docs/');
  t.equal(page.statusCode, 200);
  t.match(page.headers['content-type'], /html/);
});
