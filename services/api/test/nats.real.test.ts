import { decodeEvent, encodeEvent, eventId, messageEvent, streamOf } from '@gapless/shared/bus';
import { type ClientId, deadLetterId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { connectTestBus, startMongo, startNats, until } from '@gapless/shared/testing';
import t from 'tap';
import { anAdmin, askingAdmin } from './support/admin.ts';
import { startApi } from './support/api.ts';

const mongo = await startMongo(t);
const nats = await startNats(t);
const edge = await connectTestBus(t, nats.url);
const bus = await connectTestBus(t, nats.url, { deps: { name: 'api' } });
const started = await startApi(t, mongo.url, { bus });
const { api, get, post, request, signUp, room, config, mongo: client } = started;
const [owner, guest] = [await signUp(), await signUp()];
const id = await room(owner);
const path = `/v1/rooms/${id}/messages`;
const db = client.db(config.mongoDatabase);

async function say(where: RoomId, user: UserId, text: string): Promise<number> {
  const clientId = newId<never>() as ClientId;
  const bytes = encodeEvent(messageEvent({ room: where, user, at: Date.now(), clientId, body: { text } }));
  return (await edge.log.append({ room: where, id: eventId(where, user, 'msg', clientId), lane: user, bytes })).seq;
}

interface Page {
  readonly ev?: readonly { readonly s: number }[];
  readonly items?: readonly { readonly sequence: number; readonly message?: { readonly sequence: number } }[];
  readonly next?: number;
  readonly newer?: number;
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

t.test('pages of large messages come over the bus in parts that fit it, and nothing is left out', async (t) => {
  const large = await room(owner, 'large messages');
  const said: number[] = [];
  for (let n = 0; n < 60; n++) said.push(await say(large, owner.id, '漢'.repeat(10_000)));
  for (const sequence of said.slice(0, 40))
    await request('PUT', `/v1/rooms/${large}/pins/${sequence}`, owner.token, {});
  const pages = async (name: string, asked: object, open: (cursor: number | undefined) => object) => {
    const seen: number[] = [];
    for (let next: number | undefined, n = 0; n === 0 || next !== undefined; n++) {
      const page = (await edge.commands.call(name, { ...asked, ...open(next) })) as Page;
      const found =
        page.ev?.map(({ s }) => s).reverse() ?? page.items?.map((one) => one.message?.sequence ?? one.sequence);
      seen.push(...((found ?? []) as number[]));
      next = page.next;
    }
    return seen;
  };
  const call = (p: object) => ({ u: owner.id, sid: newId(), p: { room: large, ...p } });
  const older = (before: number | undefined) => (before === undefined ? {} : { before });
  const newest = said.toReversed();
  t.same(await pages('history.page', { u: owner.id, r: large, limit: 100 }, older), newest);
  t.same(await pages('call.messages.list', {}, (before) => call({ limit: 100, ...older(before) })), newest);
  t.same(await pages('call.messages.pins', {}, (before) => call(older(before))), newest.slice(20));
  const forward = await pages('history.page', { u: owner.id, r: large, limit: 100 }, (after = 0) => ({ after }));
  t.same(
    forward.sort((a, b) => a - b),
    said,
  );
  const around = { around: said[30], limit: 100 };
  const {
    ev = [],
    next,
    newer,
  } = (await edge.commands.call('history.page', { u: owner.id, r: large, ...around })) as Page;
  const found = ev.map(({ s }) => s);
  t.same(found, said.slice(said.indexOf(next as number), said.indexOf(newer as number) + 1));
  t.ok(found.includes(said[30] as number));
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

t.test('a message is traced wherever it got to', async (t) => {
  const ask = askingAdmin(started);
  const admin = await anAdmin(started);
  const where = await room(owner, 'traced');
  const trace = (seq: number) => ask(admin.token, 'GET', `/v1/admin/rooms/${where}/messages/${seq}/trace`);
  const stagesOf = async (seq: number) => (await trace(seq)).body.stages;
  const change = (seq: number, method: 'PATCH' | 'DELETE', body?: object) =>
    request(method, `/v1/rooms/${where}/messages/${seq}`, owner.token, body);
  const letters = db.collection<{ _id: string }>('dead_letters');
  const spoilt = (text: string) =>
    edge.log.append({ room: where, id: newId(), lane: where, bytes: new TextEncoder().encode(text) });
  const setAside = async (text: string, state: object) => {
    const { seq } = await spoilt(text);
    const _id = deadLetterId(streamOf(where, config.roomStreams), seq);
    await letters.insertOne({ _id, ...{ room: where, reason: 'not_json' }, ...state });
    return seq;
  };

  const unwritten = await say(where, owner.id, 'only in the log');
  const nobody = /No edge that follows the room/;
  const facts = { sequence: unwritten, user: owner.id, kind: 'msg' };
  const told = { persisted: { done: false }, fannedOut: { items: [], unknown: nobody } };
  t.match(await trace(unwritten), { status: 200, body: { ...facts, stages: told } });
  const serving = edge.fanOuts.serve(() => ({ at: Date.now(), sockets: 2 }));
  await until('an edge that answers', async () => (await stagesOf(unwritten)).fannedOut.items[0]?.sockets === 2);
  serving.stop();

  const { body: edited } = await change(unwritten, 'PATCH', { body: { text: 'edited' } });
  t.match(await stagesOf(unwritten), { superseded: { edited: edited.sequence, deleted: undefined } });
  await change(unwritten, 'DELETE');
  t.match(await stagesOf(unwritten), { superseded: { edited: undefined, deleted: true } });

  const noEvent = await trace((await spoilt('no JSON')).seq);
  t.match(noEvent, { status: 200, body: { user: undefined, kind: undefined, stages: { stored: { when: /^2/ } } } });
  for (const text of ['null', '{"v":1,"t":"msg"}', '{"v":1,"t":"msg","u":"u","at":"never"}', '{"t":"mem"}']) {
    t.match(await trace((await spoilt(text)).seq), { status: 200, body: { user: undefined } }, text);
  }
  const waiting = await setAside('{', { waits: true });
  t.match(await stagesOf(waiting), { persisted: { done: false, unknown: 'A dead letter that waits: not_json' } });
  const givenUp = await setAside('{', { discardedAt: new Date() });
  t.match(await stagesOf(givenUp), { persisted: { done: false, unknown: /was given up/ } });
  const settled = await setAside('{', { settledAt: new Date() });
  t.match(await stagesOf(settled), { persisted: { done: false, unknown: undefined } });
  const other = await say(id, owner.id, 'elsewhere');
  t.match(await trace(other), { status: 404 }, 'of another room');

  await bus.streams.trim(streamOf(where, config.roomStreams), waiting);
  t.match(await trace(unwritten), { status: 404 }, 'nobody has it any more');
  t.match(await trace(waiting), {
    status: 200,
    body: { stages: { stored: { unknown: /does not hold it/ }, persisted: { unknown: /A dead letter/ } } },
  });
});
