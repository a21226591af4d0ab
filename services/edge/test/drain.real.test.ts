import { createMemoryBus } from '@gapless/shared/bus';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { clientId, startEdge, wait } from './start-edge.ts';

t.test('an edge that stops answers what it began, says bye and sends everybody elsewhere', async (t) => {
  const bus = createMemoryBus();
  const append: typeof bus.log.append = async (event) => {
    await wait(300);
    return bus.log.append(event);
  };
  const edge = await startEdge(t, {}, { ...bus, log: { ...bus.log, append } });
  const user = newId<UserId>();
  const room = newId<RoomId>();
  await edge.allow(user, room);
  const busy = await edge.greeted(user);
  const idle = await edge.greeted(user);
  const silent = await edge.connect();
  busy.send({ t: 'send', i: 1, r: room, c: clientId(), b: { text: 'last words' } });
  await wait(20);
  const closing = edge.edge.close();
  t.match(edge.edge.obstacles(), ['draining']);
  for (const client of [busy, idle, silent]) {
    t.match(await client.next({ t: 'bye' }), { why: 'drain', after: Number });
    t.equal(await client.closed, 1012);
  }
  t.match(await busy.next({ i: 1 }), { t: 'ok' });
  await closing;
  await t.rejects(edge.connect(), { code: 'ECONNREFUSED' });
});

t.test('a frame that never ends does not keep the edge', async (t) => {
  const bus = createMemoryBus();
  const edge = await startEdge(
    t,
    { closeDeadlineMs: 2_000 },
    { ...bus, log: { ...bus.log, append: () => new Promise(() => undefined) } },
  );
  const user = newId<UserId>();
  const room = newId<RoomId>();
  await edge.allow(user, room);
  const client = await edge.greeted(user);
  client.send({ t: 'send', i: 1, r: room, c: clientId(), b: { text: 'stuck' } });
  await wait(20);
  const began = Date.now();
  await edge.edge.close();
  t.equal(await client.closed, 1012);
  t.ok(Date.now() - began < 2_000, 'within the time to stop');
});

t.test('frames after bye are served until the close', async (t) => {
  const edge = await startEdge(t, { closeDeadlineMs: 10_000 });
  const user = newId<UserId>();
  const room = newId<RoomId>();
  await edge.allow(user, room);
  const client = await edge.greeted(user);
  const closing = edge.edge.close();
  await client.next({ t: 'bye' });
  client.send({ t: 'send', i: 1, r: room, c: clientId(), b: { text: 'one more' } });
  client.send({ t: 'ping', i: 2 });
  client.send({ t: 'join', i: 3, rs: [room], since: { [room]: 0 } });
  t.match(await client.next({ i: 1 }), { t: 'ok', s: Number });
  t.match(await client.next({ i: 2 }), { t: 'pong' });
  t.match(await client.next({ i: 3 }), { t: 'ok' });
  t.equal(await client.closed, 1012);
  await closing;
});

t.test('a resume that does not end does not keep the edge', async (t) => {
  const bus = createMemoryBus();
  const readRoom: typeof bus.log.readRoom = (room, from, limit, replica) =>
    stuck ? new Promise(() => undefined) : bus.log.readRoom(room, from, limit, replica);
  let stuck = false;
  const edge = await startEdge(
    t,
    { closeDeadlineMs: 60_000, ringEvents: 1 },
    { ...bus, log: { ...bus.log, readRoom } },
  );
  const user = newId<UserId>();
  const room = newId<RoomId>();
  await edge.allow(user, room);
  const sender = await edge.greeted(user);
  for (let i = 1; i <= 5; i++) sender.send({ t: 'send', i, r: room, c: clientId(), b: { text: 'hi' } });
  await sender.next({ t: 'ok', i: 5 });
  stuck = true;
  const client = await edge.greeted(user, { since: { [room]: 0 } });
  const began = Date.now();
  await edge.edge.close();
  t.equal(await client.closed, 1012);
  t.ok(Date.now() - began < 20_000, 'long before the time to stop');
});
