import { createServer } from 'node:net';
import { createMemoryBus } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { startMongo, until } from '@gapless/shared/testing';
import t from 'tap';
import { migrations } from '../src/repositories/migrations.ts';
import { startApi } from './support/api.ts';

const mongo = await startMongo(t);

t.test('without NATS the api listens, keeps what it is told and says what it cannot', async (t) => {
  const {
    api,
    get,
    post,
    signUp,
    room,
    mongo: client,
    config,
  } = await startApi(t, mongo.url, {
    deps: { connectBus: (signal) => new Promise((_, reject) => signal.addEventListener('abort', reject)) },
    isReady: false,
  });
  await until('a prepared store', () => api.obstacles().length === 1);
  t.same(api.obstacles(), ['NATS is away']);
  t.equal((await fetch(`${api.url()}/.well-known/jwks.json`)).status, 200);
  const [owner, guest] = [await signUp(), await signUp()];
  const id = await room(owner);
  t.match(await post(`/v1/rooms/${id}/join`, {}, guest.token), { status: 200, body: { members: 2 } });
  const rows = await client.db(config.mongoDatabase).collection('outbox').find({ r: id }).sort({ ver: 1 }).toArray();
  t.same(
    rows.map(({ ver }) => ver),
    [1, 2, 3],
    'the changes wait in the outbox',
  );
  const history = await get(`/v1/rooms/${id}/messages`, owner.token);
  t.match(history, { status: 503, body: { type: 'urn:gapless:problem:log_unavailable', code: 'unavailable' } });
  t.ok(Number(history.headers['retry-after']) >= 1);
});

t.test('a log that refuses leaves the change to the relay', async (t) => {
  const bus = createMemoryBus();
  const { signUp, room, post, mongo: client, config } = await startApi(t, mongo.url, { bus });
  const [owner, guest] = [await signUp(), await signUp()];
  const id = await room(owner);
  const outbox = client.db(config.mongoDatabase).collection('outbox');
  const { append } = bus.log;
  let isAway = true;
  t.intercept(bus.log, 'append', {
    value: (...args: Parameters<typeof append>) =>
      isAway ? Promise.reject(new Failure('log_unavailable')) : append(...args),
  });
  t.equal((await post(`/v1/rooms/${id}/join`, {}, guest.token)).status, 200);
  t.equal(await outbox.countDocuments(), 2, 'the event of the room, and that of his inbox');
  isAway = false;
  t.equal((await post(`/v1/rooms/${id}/leave`, {}, guest.token)).status, 204);
  t.equal(await outbox.countDocuments(), 0, 'the next change takes the one before along');
  t.equal((await bus.log.readRoom(id, 1, 10)).length, 4);
});

t.test('a log that does not answer holds nobody up for long', async (t) => {
  const bus = createMemoryBus();
  const { signUp, room, post } = await startApi(t, mongo.url, { bus });
  const [owner, guest] = [await signUp(), await signUp()];
  const id = await room(owner);
  let giveUp: (error: Failure) => void = () => undefined;
  const silence = new Promise((_, reject) => {
    giveUp = reject;
  });
  t.intercept(bus.log, 'append', { value: () => silence });
  const startedAt = Date.now();
  t.equal((await post(`/v1/rooms/${id}/join`, {}, guest.token)).status, 200);
  t.ok(Date.now() - startedAt < 4_000);
  giveUp(new Failure('fate_unknown'));
});

t.test('without MongoDB the api starts, and every answer that needs it is a problem', async (t) => {
  // A port that nobody listens on, though somebody did.
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  await new Promise((resolve) => taken.close(resolve));
  const url = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  const { api, post } = await startApi(t, url, { isReady: false });
  t.match(api.obstacles(), ['MongoDB is away', 'the database is not up to date']);
  const answer = await post('/v1/auth/login', { email: 'a@example.org', password: 'whatever it is' });
  t.match(answer, { status: 503, body: { type: 'urn:gapless:problem:store_unavailable', code: 'unavailable' } });
  t.equal((await api.http().inject('/openapi.json')).statusCode, 200);
});

t.test('MongoDB goes and comes back under a running api', async (t) => {
  const own = await startMongo(t);
  const { api, get, post, signUp } = await startApi(t, own.url);
  const user = await signUp();
  await own.stop();
  const away = { status: 503, body: { type: 'urn:gapless:problem:store_unavailable', code: 'unavailable' } };
  t.match(await get('/v1/me', user.token), away);
  t.match(await post('/v1/rooms', { name: 'a room' }, user.token), away);
  await until('an obstacle', () => api.obstacles().includes('MongoDB is away'));
  await own.start();
  await until('a ready api', () => api.obstacles().length === 0);
  t.equal((await get('/v1/me', user.token)).status, 200);
  t.equal((await post('/v1/rooms', { name: 'a room' }, user.token)).status, 201);
});

t.test('many apis that start at once migrate once', async (t) => {
  const first = await startApi(t, mongo.url);
  const config = { mongoDatabase: `${first.config.mongoDatabase}x` };
  const apis = await Promise.all([1, 2, 3].map(() => startApi(t, mongo.url, { config })));
  const rows = await first.mongo.db(config.mongoDatabase).collection('migrations').find().toArray();
  t.same(rows.map(({ _id }) => String(_id)).sort(), migrations.map(({ id }) => id).sort());
  const [user] = await Promise.all(apis.map((one) => one.signUp()));
  t.ok(user);
});
