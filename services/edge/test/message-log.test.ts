import {
  type Appended,
  createMemoryBus,
  encodeEvent,
  eventId,
  isInWindow,
  masked,
  messageEvent,
  type NewEvent,
  type NewMessage,
} from '@gapless/shared/bus';
import { createClientIds } from '@gapless/shared/client';
import { Failure } from '@gapless/shared/errors';
import { type ClientId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { createMessageLog } from '../src/message-log.ts';
import { clientId, wait } from './start-edge.ts';

const now = Date.now();
const clock = { now: () => now };
const duplicateWindowMs = 120_000;
const aMessage = (over: Partial<NewMessage> = {}): NewMessage => ({
  room: newId<RoomId>(),
  user: newId<UserId>(),
  clientId: clientId() as ClientId,
  body: { text: 'hi' },
  thread: undefined,
  ...over,
});
const stored = ({ room, user, clientId, body }: NewMessage, at: number) =>
  encodeEvent(messageEvent({ room, user, clientId, body, at }));

t.test('a repeated message gets the answer of the first', async (t) => {
  const bus = createMemoryBus();
  const message = aMessage();
  const { seq } = await createMessageLog({ bus, clock, duplicateWindowMs }).store(message);
  const later = createMessageLog({ bus, clock: { now: () => now + 5_000 }, duplicateWindowMs });
  t.same(await later.store(message), { seq, at: now, duplicate: true });
  t.equal((await bus.log.readRoom(message.room, 0, 10)).length, 1);
});

t.test('another text or thread under the same client id is a conflict', async (t) => {
  const messages = createMessageLog({ bus: createMemoryBus(), clock, duplicateWindowMs });
  const message = aMessage({ thread: 7 });
  await messages.store(message);
  await t.rejects(messages.store({ ...message, body: { text: 'ho' } }), { code: 'conflict' });
  await t.rejects(messages.store({ ...message, thread: 8 }), { code: 'conflict' });
  await t.rejects(messages.store({ ...message, thread: undefined }), { code: 'conflict' });
});

t.test('the same client id is another message in another room, and of another user', async (t) => {
  const messages = createMessageLog({ bus: createMemoryBus(), clock, duplicateWindowMs });
  const message = aMessage();
  const answers = [message, { ...message, room: newId<RoomId>() }, { ...message, user: newId<UserId>() }];
  for (const one of answers) t.equal((await messages.store(one)).duplicate, false);
});

t.test('a first message that was trimmed is compared with what MongoDB holds', async (t) => {
  const bus = createMemoryBus();
  const messages = createMessageLog({ bus, clock, duplicateWindowMs });
  const message = aMessage();
  const { seq } = await messages.store(message);
  await bus.streams.trim('ROOM_0', seq);
  await t.rejects(messages.store(message), { code: 'unavailable' }, 'nobody can tell');
  const asked: unknown[] = [];
  bus.commands.serve('messages.find', async (payload) => {
    asked.push(payload);
    return { s: seq, at: now, raw: new TextDecoder().decode(stored(message, now)) };
  });
  t.same(await messages.store(message), { seq, at: now, duplicate: true });
  t.same(asked, [{ r: message.room, u: message.user, k: 'msg', c: message.clientId }]);
  await t.rejects(messages.store({ ...message, body: { text: 'ho' } }), { code: 'conflict' });
});

t.test('a first message that a store lost before it was durable is stored again', async (t) => {
  const bus = createMemoryBus();
  bus.commands.serve('messages.find', async () => null);
  const messages = createMessageLog({ bus, clock, duplicateWindowMs });
  const message = aMessage();
  const first = await messages.store(message);
  await bus.streams.skipTo('ROOM_0', 1_000);
  const second = await messages.store(message);
  t.match(second, { duplicate: false });
  t.ok(second.seq >= 1_000);
  const id = eventId(message.room, message.user, 'msg', message.clientId);
  t.equal((await bus.log.read(message.room, second.seq))?.id, `${id}~${first.seq}`);
  t.same(await messages.store(message), { ...second, duplicate: true }, 'and is found under its second id');
});

t.test("another event's bytes under the number are not taken for the message", async (t) => {
  const memory = createMemoryBus();
  const message = aMessage();
  const other = stored({ ...message, clientId: clientId() as ClientId }, 1);
  const appended: NewEvent[] = [];
  const log = {
    ...memory.log,
    append: async (event: NewEvent): Promise<Appended> => {
      appended.push(event);
      return { seq: 5, duplicate: true };
    },
    read: async () => ({ room: message.room, seq: 5, bytes: other, id: 'x', op: undefined }),
  };
  memory.commands.serve('messages.find', async () => null);
  await t.rejects(
    createMessageLog({ bus: { ...memory, log }, clock, duplicateWindowMs }).store(message),
    Failure,
    'gives up in the end',
  );
  t.equal(appended.length, 3);
});

t.test('an id that the log may have forgotten is looked up before it is stored', async (t) => {
  const bus = createMemoryBus();
  const message = aMessage();
  const asked: unknown[] = [];
  bus.commands.serve('messages.find', async (payload) => {
    asked.push(payload);
    return { s: 7, at: 4_711, raw: new TextDecoder().decode(stored(message, 4_711)) };
  });
  const aMonth = 30 * 86_400_000;
  const later = createMessageLog({ bus, clock: { now: () => now + aMonth }, duplicateWindowMs });
  t.same(await later.store(message), { seq: 7, at: 4_711, duplicate: true }, 'a retry a month later');
  await t.rejects(later.store({ ...message, body: { text: 'ho' } }), { code: 'conflict' });
  await t.rejects(later.store({ ...message, thread: 3 }), { code: 'conflict' });
  t.equal(asked.length, 3);
  t.same(await bus.log.readRoom(message.room, 0, 10), [], 'nothing is stored');
});

t.test(
  'an id that tells no age is looked up, also the first time; nobody who could tell means unavailable',
  async (t) => {
    const bus = createMemoryBus();
    const messages = createMessageLog({ bus, clock, duplicateWindowMs });
    const message = aMessage({ clientId: '919108f7-52d1-4320-9bac-f847db4148a8' as ClientId });
    await t.rejects(messages.store(message), { code: 'unavailable' });
    t.same(await bus.log.readRoom(message.room, 0, 10), []);
    bus.commands.serve('messages.find', async () => null);
    t.equal((await messages.store(message)).duplicate, false);
    t.equal((await messages.store(aMessage())).duplicate, false);
  },
);

t.test('what is deleted since answers as it was, though its text cannot be compared any more', async (t) => {
  const bus = createMemoryBus();
  const message = aMessage({ clientId: '919108f7-52d1-4320-9bac-f847db4148a8' as ClientId });
  const { room, user, clientId, body } = message;
  const raw = JSON.stringify(masked(messageEvent({ room, user, clientId, body, at: 4_711 })));
  bus.commands.serve('messages.find', async () => ({ s: 7, at: 4_711, raw }));
  const messages = createMessageLog({ bus, clock, duplicateWindowMs });
  t.same(await messages.store(message), { seq: 7, at: 4_711, duplicate: true });
});

t.test('the window is trusted for its first half, and for clocks that are a little ahead', async (t) => {
  const id = (at: number) => createClientIds(() => at).next() as ClientId;
  for (const [ageMs, trusted] of [
    [0, true],
    [60_000, true],
    [60_001, false],
    [-15_000, true],
    [-15_001, false],
  ] as const) {
    t.equal(isInWindow(id(now - ageMs), now, 120_000), trusted, `${ageMs} ms old`);
  }
});

t.test('who is looked up is not overtaken by what he sent after it', async (t) => {
  const bus = createMemoryBus();
  bus.commands.serve('messages.find', async () => {
    await wait(30);
    return null;
  });
  const messages = createMessageLog({ bus, clock, duplicateWindowMs });
  const old = aMessage({ clientId: '919108f7-52d1-4320-9bac-f847db4148a8' as ClientId });
  const fresh = aMessage({ room: old.room, user: old.user });
  const [first, second] = await Promise.all([messages.store(old), messages.store(fresh)]);
  t.ok(first.seq < second.seq);
});
