import { decodeEvent, encodeEvent, eventId, messageEvent } from '@gapless/shared/bus';
import { type ClientId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { connectTestBus, startMongo, startNats, until } from '@gapless/shared/testing';
import t from 'tap';
import { startApi } from './support/api.ts';

const mongo = await startMongo(t);
const nats = await startNats(t);
const edge = await connectTestBus(t, nats.url);
const bus = await connectTestBus(t, nats.url, { deps: { name: 'api' } });
const { api, get, post, signUp, room, config, mongo: client } = await startApi(t, mongo.url, { bus });
const [owner, guest] = [await signUp(), await signUp()];
const id = await room(owner);
const path = `/v1/rooms/${id}/messages`;
const db = client.db(config.mongoDatabase);

async function say(where: RoomId, user: UserId, text: string): Promise<number> {
  const clientId = newId<never>() as ClientId;
  const bytes = encodeEvent(messageEvent({ room: where, user, at: Date.now(), clientId, body: { text } }));
  return (await edge.log.append({ room: where, id: eventId(where, user, 'msg', clientId), lane: user, bytes })).seq;
}

const texts = (body: { items: { body: { text: string } }[] }) => body.items.map((item) => item.body.text);

t.test('changes of rooms are in the log and in the access entries when the answer comes', async (t) => {
  t.equal((await post(`/v1/rooms/${id}/join`, {}, guest.token)).status, 200);
  const logged = await edge.log.readRoom(id, 1, 100);
  const events = logged.map(({ bytes }) => decodeEvent(bytes));
  t.same(
    events.map((event) => (event.t === 'mem' ? event.us : event.t)),
    ['room', [owner.id], [guest.id]],
  );
  const since = logged.at(-1)?.seq;
  t.match((await edge.access.read(guest.id))?.rooms, { [id]: { role: 'member', ver: 3, since } });
});

t.test('edges are answered over the bus', async (t) => {
  t.match(await edge.commands.call('access.find', { u: guest.id }), { rooms: { [id]: { role: 'member' } } });
  const key = { r: id, u: guest.id, k: 'msg', c: newId() };
  t.equal(await edge.commands.call('messages.find', key), null);
  const refused = await edge.commands.call('messages.find', {}).catch((error: unknown) => error);
  t.match(refused, { kind: 'invalid_request' });
});

t.test('history reads what only the log has', async (t) => {
  const other = await room(owner, 'another room');
  const said: string[] = [];
  for (let n = 0; n < 300; n++) {
    said.push(`hello ${n}`);
    await say(id, guest.id, `hello ${n}`);
    if (n % 10 === 0) await say(other, owner.id, 'elsewhere');
  }
  const { body } = await get(`${path}?limit=100`, owner.token);
  t.same(texts(body), said.slice(-100).reverse());
  const next = await get(`${path}?limit=100&before=${body.next}`, owner.token);
  t.same(texts(next.body), said.slice(100, 200).reverse());
  const first = await get(`${path}?limit=100&after=0`, owner.token);
  t.same(texts(first.body), said.slice(0, 100).reverse());
});

t.test('NATS goes and comes back: what waited is carried out with the next change', async (t) => {
  await nats.stop();
  await until('an obstacle', () => api.obstacles().length > 0);
  t.match(await get(path, owner.token), { status: 503, body: { type: 'urn:gapless:problem:log_unavailable' } });
  t.equal((await get('/v1/rooms', owner.token)).status, 200);
  t.equal((await post(`/v1/rooms/${id}/leave`, {}, guest.token)).status, 204);
  t.equal(await db.collection('outbox').countDocuments({ r: id }), 1);
  await nats.start();
  await until('a ready api', () => api.obstacles().length === 0);
  await until('an edge that appends', () => edge.obstacles().length === 0);
  t.equal((await post(`/v1/rooms/${id}/join`, {}, guest.token)).status, 200);
  await until('an empty outbox', async () => (await db.collection('outbox').countDocuments()) === 0);
  const events = (await edge.log.readRoom(id, 1, 1_000)).map(({ bytes }) => decodeEvent(bytes));
  t.same(
    events.flatMap((event) => (event.t === 'mem' ? [event.op] : [])),
    ['join', 'join', 'leave', 'join'],
  );
  t.equal((await get(path, owner.token)).status, 200);
});
