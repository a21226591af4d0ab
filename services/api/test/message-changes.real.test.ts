import { type Bus, createMemoryBus, decodeEvent, encodeEvent, eventId, messageEvent } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { type ClientId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { startApi, type TestUser } from './support/api.ts';

const mongo = await startMongo(t);
const aClientId = () => newId<never>() as ClientId;

async function say(bus: Bus, room: RoomId, user: UserId, text: string): Promise<number> {
  const clientId = aClientId();
  const bytes = encodeEvent(messageEvent({ room, user, at: Date.now(), clientId, body: { text } }));
  return (await bus.log.append({ room, id: eventId(room, user, 'msg', clientId), lane: room, bytes })).seq;
}

/** A room with its owner, its author and one more member. */
async function setting(t: Test, bus: Bus = createMemoryBus()) {
  const api = await startApi(t, mongo.url, { bus });
  const [owner, author, member] = [await api.signUp(), await api.signUp(), await api.signUp()];
  const room = await api.room(owner);
  for (const user of [author, member]) await api.post(`/v1/rooms/${room}/join`, {}, user.token);
  const seq = await say(bus, room, author.id, 'first');
  const path = `/v1/rooms/${room}/messages/${seq}`;
  const edit = (user: TestUser, text: string, to = path, clientId?: ClientId) =>
    api.request('PATCH', to, user.token, { body: { text }, ...(clientId === undefined ? {} : { clientId }) });
  const remove = (user: TestUser, to = path) => api.request('DELETE', to, user.token);
  const react = (user: TestUser, emoji: string, method: 'PUT' | 'DELETE' = 'PUT') =>
    api.request(method, `${path}/reactions/${encodeURIComponent(emoji)}`, user.token);
  const item = async (reader: TestUser) => {
    const { body } = await api.get(`/v1/rooms/${room}/messages?before=${seq + 1}&limit=1`, reader.token);
    return body.items[0];
  };
  const events = async () => (await bus.log.readRoom(room, seq, 100)).map(({ bytes }) => decodeEvent(bytes));
  return { ...api, bus, owner, author, member, id: room, seq, path, edit, remove, react, item, events };
}

t.test('the author edits, and history says so at once, before anything is written', async (t) => {
  const { author, member, edit, item, seq, events } = await setting(t);
  t.same(await item(member), { ...(await item(member)), body: { text: 'first' }, reactions: [] });
  const { status, body } = await edit(author, 'second');
  t.equal(status, 200);
  t.ok(body.sequence > seq);
  t.match(await item(member), { sequence: seq, body: { text: 'second' }, edited: body.at });
  t.match((await events()).at(-1), { v: 1, t: 'edit', u: author.id, m: seq, b: { text: 'second' } });
});

t.test(
  'only the author edits; author, moderator and owner delete; every member reacts; nobody else does',
  async (t) => {
    const here = await setting(t);
    const { author, owner, member, edit, remove, react, item, events, path, id: room } = here;
    const stranger = await here.signUp();
    for (const user of [owner, member]) t.match(await edit(user, 'no'), { status: 403, body: { code: 'forbidden' } });
    t.match(await remove(member), { status: 403, body: { code: 'forbidden' } });
    for (const refused of [await edit(stranger, 'no'), await remove(stranger), await react(stranger, '👍')]) {
      t.match(refused, { status: 403, body: { code: 'not_member' } });
    }
    t.equal((await here.request('DELETE', path)).status, 401);
    t.equal((await events()).length, 1, 'nothing happened');
    for (const user of [author, owner, member]) t.equal((await react(user, '👍')).status, 200);
    t.equal((await react(owner, '👍', 'DELETE')).status, 200);
    t.equal((await react(member, '안녕')).status, 200);
    const reactions = (await item(author)).reactions;
    t.same(reactions, [
      { emoji: '👍', count: 2, mine: true },
      { emoji: '안녕', count: 1, mine: false },
    ]);
    t.equal((await remove(owner)).status, 200);
    const gone = await item(member);
    t.match(gone, { body: { text: '' }, deleted: true, reactions: [] });
    for (const refused of [await edit(author, 'again'), await remove(author), await react(member, '👍')]) {
      t.match(refused, { status: 404, body: { code: 'not_found' } });
    }
    t.equal((await remove(author, `/v1/rooms/${room}/messages/999999`)).status, 404);
    t.equal((await remove(author, `/v1/rooms/${room}/messages/1`)).status, 404, 'an event that is no message');
  },
);

t.test("a message is changed through its own room only, and its number in another room is nobody's", async (t) => {
  const here = await setting(t);
  const other = await here.room(here.author);
  const elsewhere = `/v1/rooms/${other}/messages/${here.seq}`;
  t.match(await here.edit(here.author, 'x', elsewhere), { status: 404 });
  t.match(await here.remove(here.author, elsewhere), { status: 404 });
});

t.test('what is no text or no emoji is refused', async (t) => {
  const { author, edit, react, events } = await setting(t);
  t.match(await edit(author, ' '), { status: 400, body: { code: 'bad_frame' } });
  t.match(await edit(author, 'x'.repeat(1_001)), { status: 413, body: { code: 'too_large' } });
  for (const emoji of [' ', 'a b', 'x'.repeat(33), '\u0007']) t.equal((await react(author, emoji)).status, 400, emoji);
  t.equal((await events()).length, 1);
});

t.test(
  'a repeated change is made once and answered alike, whatever happened since; another one is a conflict',
  async (t) => {
    const { bus, author, owner, id: room, seq, remove, events } = await setting(t);
    const target = { room, user: author.id, message: seq };
    const edit = { ...target, clientId: aClientId(), body: { text: 'second' } };
    const react = { ...target, clientId: aClientId(), emoji: '👍', on: true };
    const [edited, reacted] = [
      await bus.commands.change('messages.edit', edit),
      await bus.commands.change('messages.react', react),
    ];
    const twins = await Promise.all(
      [1, 2].map(() => bus.commands.change('messages.edit', { ...edit, clientId: 'x'.repeat(20) })),
    );
    t.equal(new Set(twins.map((one) => (one as { seq: number }).seq)).size, 1, 'also when both come at once');
    t.equal((await remove(owner)).status, 200);
    t.match(await bus.commands.change('messages.edit', edit), { ...(edited as object), duplicate: true });
    t.match(await bus.commands.change('messages.react', react), { ...(reacted as object), duplicate: true });
    const others = [
      () => bus.commands.change('messages.edit', { ...edit, body: { text: 'third' } }),
      () => bus.commands.change('messages.edit', { ...edit, message: seq + 1 }),
      () => bus.commands.change('messages.react', { ...react, on: false }),
      () => bus.commands.change('messages.react', { ...react, emoji: '👎' }),
    ];
    for (const other of others) t.match(await other().catch((error: unknown) => error), { kind: 'id_reused' });
    t.same(
      (await events()).map((event) => event.t),
      ['msg', 'edit', 'react', 'edit', 'del'],
    );
  },
);

t.test('over REST a client id makes a repeated change the same', async (t) => {
  const { author, edit, path } = await setting(t);
  const clientId = aClientId();
  const { body } = await edit(author, 'second', path, clientId);
  t.match((await edit(author, 'second', path, clientId)).body, { ...body, duplicate: true });
  t.match(await edit(author, 'third', path, clientId), { status: 409, body: { code: 'conflict' } });
});

t.test('commands that are none are refused', async (t) => {
  const { bus, author, id: room, seq } = await setting(t);
  const good = { room, user: author.id, message: seq, clientId: aClientId(), body: { text: 'x' } };
  for (const bad of [{}, { ...good, message: 0 }, { ...good, user: '*' }, { ...good, clientId: 'short' }]) {
    t.match(await bus.commands.change('messages.edit', bad).catch((e: unknown) => e), { kind: 'invalid_request' });
  }
});

t.test('without an answer from the log nothing is changed', async (t) => {
  const memory = createMemoryBus();
  let away = false;
  const orAway = <T>(work: () => Promise<T>): Promise<T> =>
    away ? Promise.reject(new Failure('log_unavailable')) : work();
  const bus: Bus = {
    ...memory,
    log: { ...memory.log, read: (room, seq) => orAway(() => memory.log.read(room, seq)) },
  };
  const { author, edit, remove, events } = await setting(t, bus);
  away = true;
  t.match(await edit(author, 'x'), { status: 503, body: { code: 'unavailable' } });
  t.match(await remove(author), { status: 503, body: { code: 'unavailable' } });
  t.equal((await events()).length, 1);
});
