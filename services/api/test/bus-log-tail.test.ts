import { createMemoryBus } from '@gapless/shared/bus';
import { newId, type OpId, type RoomId } from '@gapless/shared/schema';
import t from 'tap';
import { createBusLogTail } from '../src/bus-log-tail.ts';

const room = newId<RoomId>();
const encoder = new TextEncoder();
const everything = { after: 0, before: Number.MAX_SAFE_INTEGER };

t.test('an event that nobody can read is passed over', async (t) => {
  const { log } = createMemoryBus();
  const bytes = [encoder.encode('{"v":1,'), encoder.encode(`{"v":1,"t":"msg","r":"${room}","u":"u","at":1,"c":"c"}`)];
  for (const [n, event] of bytes.entries()) await log.append({ room, id: newId<OpId>(), lane: `${n}`, bytes: event });
  const tail = createBusLogTail(() => log);
  const head = await tail.head(room);
  const found = await tail.messages(room, { after: 0, before: head + 1 }, { direction: 'newest', limit: 10 });
  t.same(
    found.map(({ seq }) => seq),
    [2],
  );
});

t.test('a log that ends before its head is not believed', async (t) => {
  const log = { heads: async () => new Map([[room, 9]]), readRoom: async () => [], read: async () => undefined };
  const tail = createBusLogTail(() => log);
  t.equal(await tail.head(room), 9);
  await t.rejects(tail.messages(room, { after: 3, before: 10 }, { direction: 'newest', limit: 10 }), {
    name: 'Failure',
    message: 'The log has not answered to its end',
  });
});

t.test('a room without events has an empty tail', async (t) => {
  const tail = createBusLogTail(() => createMemoryBus().log);
  t.equal(await tail.head(room), 0);
  t.same(await tail.messages(room, { ...everything, before: 1 }, { direction: 'newest', limit: 10 }), []);
});
