import { type Appended, createMemoryBus, encodeEvent, eventId, messageEvent, type NewEvent } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { type ClientId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { createMessageLog, type NewMessage } from '../src/message-log.ts';
import { clientId } from './start-edge.ts';

const clock = { now: () => 4_711 };
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
  const { seq } = await createMessageLog({ bus, clock }).store(message);
  const later = createMessageLog({ bus, clock: { now: () => 9_999 } });
  t.same(await later.store(message), { seq, at: 4_711, duplicate: true });
  t.equal((await bus.log.readRoom(message.room, 0, 10)).length, 1);
});

t.test('another text or thread under the same client id is a conflict', async (t) => {
  const messages = createMessageLog({ bus: createMemoryBus(), clock });
  const message = aMessage({ thread: 7 });
  await messages.store(message);
  await t.rejects(messages.store({ ...message, body: { text: 'ho' } }), { code: 'conflict' });
  await t.rejects(messages.store({ ...message, thread: 8 }), { code: 'conflict' });
  await t.rejects(messages.store({ ...message, thread: undefined }), { code: 'conflict' });
});

t.test('the same client id is another message in another room, and of another user', async (t) => {
  const messages = createMessageLog({ bus: createMemoryBus(), clock });
  const message = aMessage();
  const answers = [message, { ...message, room: newId<RoomId>() }, { ...message, user: newId<UserId>() }];
  for (const one of answers) t.equal((await messages.store(one)).duplicate, false);
});

t.test('a first message that was trimmed is compared with what MongoDB holds', async (t) => {
  const bus = createMemoryBus();
  const messages = createMessageLog({ bus, clock });
  const message = aMessage();
  const { seq } = await messages.store(message);
  await bus.streams.trim('ROOM_0', seq);
  await t.rejects(messages.store(message), { code: 'unavailable' }, 'nobody can tell');
  const asked: unknown[] = [];
  bus.commands.serve('messages.find', async (payload) => {
    asked.push(payload);
    return { s: seq, at: 4_711, raw: new TextDecoder().decode(stored(message, 4_711)) };
  });
  t.same(await messages.store(message), { seq, at: 4_711, duplicate: true });
  t.same(asked, [{ r: message.room, u: message.user, k: 'msg', c: message.clientId }]);
  await t.rejects(messages.store({ ...message, body: { text: 'ho' } }), { code: 'conflict' });
});

t.test('a first message that a store lost before it was durable is stored again', async (t) => {
  const bus = createMemoryBus();
  bus.commands.serve('messages.find', async () => null);
  const messages = createMessageLog({ bus, clock });
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
  await t.rejects(createMessageLog({ bus: { ...memory, log }, clock }).store(message), Failure, 'gives up in the end');
  t.equal(appended.length, 3);
});
