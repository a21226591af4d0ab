import { createMemoryBus } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { clientId, startEdge } from '../start-edge.ts';

t.test('a whisper reaches the api with who asked, and is answered with the room in which it is stored', async (t) => {
  const bus = createMemoryBus();
  const asked: unknown[] = [];
  const [direct, to, user, room] = [newId<RoomId>(), newId<UserId>(), newId<UserId>(), newId<RoomId>()];
  bus.commands.serve('messages.whisper', async (payload) => {
    asked.push(payload);
    return { room: direct, seq: 7, at: 4_711, duplicate: asked.length > 1 };
  });
  const edge = await startEdge(t, {}, bus);
  await edge.allow(user, room);
  const client = await edge.greeted(user);
  const c = clientId();
  const frame = { t: 'whisper', to, c, b: { text: 'psst', custom: { a: 1 }, fwd: { m: 1 } }, r: room, u: newId() };
  client.send({ ...frame, i: 1 });
  t.same(await client.next({ i: 1 }), { t: 'ok', i: 1, s: 7, at: 4_711, r: direct });
  client.send({ ...frame, i: 2, again: 1 });
  t.same(await client.next({ i: 2 }), { t: 'ok', i: 2, s: 7, at: 4_711, dup: 1, r: direct });
  t.same(asked[0], { user, to, clientId: c, body: { text: 'psst', custom: { a: 1 } }, in: room });
  for (const bad of [{ to: 'x' }, { b: { text: ' ' } }, { r: '*' }, { c: 'short' }]) {
    client.send({ ...frame, ...bad, i: 3 });
    t.match(await client.next({ i: 3 }), { t: 'err', code: 'bad_frame' });
  }
  t.equal(asked.length, 2);
});

t.test('a whisper behind others that no api answered is refused in time', async (t) => {
  const bus = createMemoryBus();
  let passed = 0;
  let asked = 0;
  let goOn = (): void => undefined;
  const bothCame = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  bus.commands.serve('messages.whisper', async () => {
    asked++;
    await bothCame;
    passed += 12_000;
    throw new Failure('fate_unknown');
  });
  const edge = await startEdge(t, {}, bus, { now: () => Date.now() + passed });
  const [user, to] = [newId<UserId>(), newId<UserId>()];
  await edge.allow(user, newId<RoomId>());
  const client = await edge.greeted(user);
  for (const i of [1, 2]) client.send({ t: 'whisper', i, to, c: clientId(), b: { text: 'psst' } });
  client.send({ t: 'ping', i: 3 });
  await client.next({ i: 3 });
  goOn();
  t.match(await client.next({ i: 1 }), { t: 'err', code: 'unknown' });
  t.match(await client.next({ i: 2 }), { t: 'err', code: 'unavailable', retry: 1_000 });
  t.equal(asked, 1);
});
