import { newId, type UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { startApi, type TestUser } from './support/api.ts';

const mongo = await startMongo(t);
const api = await startApi(t, mongo.url);
const [user, other] = [await api.signUp(), await api.signUp()];

const create = (asked: object, key: string, { token }: TestUser = user) =>
  api.request('POST', '/v1/rooms', token, asked, { 'idempotency-key': key });
const roomsOf = async ({ token }: TestUser) => (await api.get('/v1/rooms', token)).body.items.length;
const db = api.mongo.db(api.config.mongoDatabase);

t.test('a key makes one room, however often it is sent, and answers as at first', async (t) => {
  const first = await create({ name: 'Lobby', history: 'joined' }, 'a key');
  t.equal(first.status, 201);
  const again = await create({ history: 'joined', name: 'Lobby' }, 'a key');
  t.match(again, { status: 201, body: first.body, headers: { location: first.headers['location'] } });
  t.equal(await roomsOf(user), 1);
});

t.test('as client id it means the same, by whatever way it comes', async (t) => {
  const clientId = newId<UserId>();
  const first = await api.post('/v1/rooms', { name: 'By id', clientId }, user.token);
  const again = await create({ name: 'By id' }, clientId);
  const called = (await api.bus.commands.call('call.rooms.create', {
    u: user.id,
    sid: newId(),
    p: { name: 'By id', clientId },
  })) as { id: string };
  t.same([again.body.id, called.id], [first.body.id, first.body.id]);
});

t.test('the same key for something else is refused', async (t) => {
  await create({ name: 'One' }, 'another key');
  const conflict = { status: 409, body: { type: 'urn:gapless:problem:id_reused' } };
  t.match(await create({ name: 'Two' }, 'another key'), conflict);
  t.match(await create({ name: 'One', history: 'joined' }, 'another key'), conflict);
});

t.test('keys of two users have nothing to do with each other', async (t) => {
  const [mine, his] = [await create({ name: 'Same' }, 'same'), await create({ name: 'Same' }, 'same', other)];
  t.equal(his.status, 201);
  t.not(mine.body.id, his.body.id);
});

t.test('of many at once one makes it, and all get the same', async (t) => {
  const before = await roomsOf(user);
  const answers = await Promise.all(Array.from({ length: 20 }, () => create({ name: 'Rush' }, 'at once')));
  t.same([...new Set(answers.map(({ status }) => status))], [201]);
  t.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
  t.equal(await roomsOf(user), before + 1);
});

t.test('without a key each request makes a room of its own', async (t) => {
  const before = await roomsOf(user);
  for (let n = 0; n < 2; n++) await api.post('/v1/rooms', { name: 'Lobby' }, user.token);
  t.equal(await roomsOf(user), before + 2);
});

t.test('what is no key is refused', async (t) => {
  for (const key of ['', 'x'.repeat(256)]) t.equal((await create({ name: 'Lobby' }, key)).status, 400, `'${key}'`);
});

t.test('what is remembered ends within a day and does not hold what was asked', async (t) => {
  const rows = await db.collection('makings').find().toArray();
  t.ok(rows.length > 0);
  for (const row of rows) {
    t.ok(Math.abs(row['until'].getTime() - Date.now() - 86_400_000) < 300_000);
    t.notMatch(JSON.stringify(row), /Lobby|Rush|By id/);
  }
  const indexes = await db.collection('makings').indexes();
  t.ok(
    indexes.some(({ key, expireAfterSeconds }) => key['until'] === 1 && expireAfterSeconds === 0),
    'they go by themselves',
  );
});
