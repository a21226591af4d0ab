import { createMemoryBus } from '@gapless/shared/bus';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { clientId, startEdge, wait } from './start-edge.ts';
import type { TestClient } from './test-client.ts';

const hourMs = 3_600_000;

t.test('a clock that is set back by hours does not hold up the question who is a member', async (t) => {
  let shiftMs = hourMs;
  const edge = await startEdge(t, {}, createMemoryBus(), { now: () => Date.now() + shiftMs });
  const [user, room] = [newId<UserId>(), newId<RoomId>()];
  await edge.allow(user);
  const client = await edge.connect();
  client.send({ t: 'hello', i: 0, tok: edge.tokenOf(user, 2 * hourMs) });
  await client.next({ t: 'hi' });
  const send = async (i: number): Promise<string> => {
    client.send({ t: 'send', i, r: room, c: clientId(), b: { text: 'hi' } });
    return (await client.next((frame) => frame['i'] === i, 10_000)).t;
  };
  shiftMs = 0;
  t.equal(await send(1), 'err');
  await edge.allow(user, room);
  t.equal(await send(2), 'ok');
});

t.test('nor who is writing, nor how far one has read', async (t) => {
  let shiftMs = hourMs;
  const bus = createMemoryBus();
  const edge = await startEdge(t, {}, bus, { now: () => Date.now() + shiftMs });
  const [ann, ben, room] = [newId<UserId>(), newId<UserId>(), newId<RoomId>()];
  const greeted = (user: UserId) => edge.greeted(user, { tok: edge.tokenOf(user, 2 * hourMs) });
  const readBy = (client: TestClient) => client.frames.find(({ t }) => t === 'rooms')?.['rs'];
  for (const user of [ann, ben]) await edge.allow(user, room);
  const [writing, reading] = [await greeted(ann), await greeted(ben)];
  t.notMatch(readBy(reading), [{ r: room, read: 7 }], 'nobody could tell');
  writing.send({ t: 'typing', r: room, on: 1 });
  await reading.next({ t: 'typing' });
  shiftMs = 0;
  bus.commands.serve('reads.find', async () => ({ w: [[[room, 7]]] }));
  await wait(2_600);
  writing.send({ t: 'typing', r: room, on: 1 });
  t.match(await reading.next({ t: 'typing' }), { u: ann, on: 1 });
  t.match(readBy(await greeted(ben)), [{ r: room, read: 7 }]);
});

t.test('which rooms are crowds is not asked again because the clock was set', async (t) => {
  let shiftMs = 0;
  const bus = createMemoryBus();
  const edge = await startEdge(t, {}, bus, { now: () => Date.now() + shiftMs });
  const [user, room] = [newId<UserId>(), newId<RoomId>()];
  let asked = 0;
  bus.commands.serve('reads.crowds', async () => {
    asked++;
    return { rs: [] };
  });
  await edge.allow(user, room);
  const client = await edge.greeted(user, { tok: edge.tokenOf(user, 2 * hourMs) });
  for (const i of [1, 2, 3]) {
    client.send({ t: 'send', i, r: room, c: clientId(), b: { text: 'hi' } });
    await client.next({ t: 'ok', i });
  }
  const readTo = async (s: number) => {
    client.send({ t: 'read', i: 10 + s, r: room, s });
    await client.next({ t: 'ok', i: 10 + s });
    await client.next({ t: 'rcpt' });
  };
  await readTo(1);
  shiftMs = hourMs;
  await readTo(2);
  // By then a second question would have been heard.
  await readTo(3);
  t.equal(asked, 1);
});
