import { createMemoryBus } from '@gapless/shared/bus';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { clientId, startEdge, wait } from '../start-edge.ts';

t.test('join makes rooms live before it is answered, leave ends that, membership stays', async (t) => {
  const edge = await startEdge(t);
  const [user, other] = [newId<UserId>(), newId<UserId>()];
  const [a, b] = [newId<RoomId>(), newId<RoomId>()];
  await edge.allow(user, a, b);
  await edge.allow(other, a, b);
  const client = await edge.greeted(user, { rooms: 'none' });
  const sender = await edge.greeted(other, { rooms: 'none' });
  client.send({ t: 'join', i: 1, rs: [a, b, a] });
  await client.next({ t: 'ok', i: 1 });
  t.same(client.frames.slice(2), [
    { t: 'live', r: a, s: 0 },
    { t: 'live', r: b, s: 0 },
    { t: 'ok', i: 1 },
  ]);
  const say = async (r: RoomId, i: number) => {
    sender.send({ t: 'send', i, r, c: clientId(), b: { text: `${i}` } });
    return (await sender.next({ t: 'ok', i }))['s'];
  };
  const first = await say(a, 1);
  t.match(await client.next({ t: 'msg', r: a }), { s: first, p: 0, u: other, v: 1, b: { text: '1' } });
  client.send({ t: 'leave', i: 2, rs: [a] });
  await client.next({ t: 'ok', i: 2 });
  await say(a, 2);
  const third = await say(b, 3);
  await client.next({ t: 'msg', r: b, s: third });
  t.equal(client.frames.filter(({ t, r }) => t === 'msg' && r === a).length, 1);
  client.send({ t: 'send', i: 3, r: a, c: clientId(), b: { text: 'still a member' } });
  await client.next({ t: 'ok', i: 3 });
});

t.test('join of a live room says again where it stands', async (t) => {
  const edge = await startEdge(t);
  const user = newId<UserId>();
  const room = newId<RoomId>();
  await edge.allow(user, room);
  const client = await edge.greeted(user);
  await client.next({ t: 'live', r: room, s: 0 });
  client.send({ t: 'send', i: 1, r: room, c: clientId(), b: { text: 'x' } });
  const { s } = await client.next({ t: 'ok', i: 1 });
  client.send({ t: 'join', i: 2, rs: [room] });
  await client.next({ t: 'live', r: room, s: s as number });
  await client.next({ t: 'ok', i: 2 });
  client.send({ t: 'send', i: 3, r: room, c: clientId(), b: { text: 'y' } });
  await client.next({ t: 'ok', i: 3 });
  await wait(20);
  t.equal(client.frames.filter((frame) => frame.t === 'msg').length, 2, 'each event once');
});

t.test('one room that is not mine refuses the whole frame, and nothing is done', async (t) => {
  const edge = await startEdge(t);
  const user = newId<UserId>();
  const [mine, strange] = [newId<RoomId>(), newId<RoomId>()];
  await edge.allow(user, mine);
  const client = await edge.greeted(user, { rooms: 'none' });
  client.send({ t: 'join', i: 1, rs: [mine, strange] });
  t.match(await client.next({ i: 1 }), { t: 'err', code: 'not_member' });
  t.match(await edge.metrics(), /gapless_edge_rooms\{[^}]*\} 0/);
});

t.test('rooms that are not mine are asked about all at once', async (t) => {
  const bus = createMemoryBus();
  let reads = 0;
  const read: typeof bus.access.read = (user) => {
    reads++;
    return bus.access.read(user);
  };
  const edge = await startEdge(t, {}, { ...bus, access: { ...bus.access, read } });
  const user = newId<UserId>();
  const mine = newId<RoomId>();
  const others = Array.from({ length: 20 }, () => newId<RoomId>());
  await edge.allow(user, mine);
  const client = await edge.greeted(user, { rooms: 'none' });
  const rs = [...others, mine];
  reads = 0;
  client.send({ t: 'join', i: 1, rs, since: Object.fromEntries(rs.map((room) => [room, 0])) });
  await client.next({ t: 'live', r: mine });
  await client.next({ t: 'ok', i: 1 });
  t.strictSame(
    client.frames.filter(({ t }) => t === 'removed').map(({ r }) => r),
    others,
  );
  t.ok(reads <= 3, `${reads} reads: for who asks, and for the room that was not heard before`);
});

t.test('a room joined by REST a moment ago can be joined here at once', async (t) => {
  const edge = await startEdge(t);
  const user = newId<UserId>();
  const room = newId<RoomId>();
  await edge.allow(user);
  const client = await edge.greeted(user);
  await edge.allow(user, room);
  client.send({ t: 'join', i: 1, rs: [room] });
  t.match(await client.next({ i: 1 }), { t: 'ok' });
});

t.test('the end of a membership ends live events and sends, once its own event was seen', async (t) => {
  const edge = await startEdge(t);
  const user = newId<UserId>();
  const room = newId<RoomId>();
  await edge.allow(user, room);
  const client = await edge.greeted(user);
  await edge.member('leave', room, user, 2);
  await edge.member('join', room, newId<UserId>(), 3);
  t.match(await client.next({ t: 'mem' }), { r: room, op: 'leave', us: [user] });
  client.send({ t: 'send', i: 1, r: room, c: clientId(), b: { text: 'x' } });
  t.match(await client.next({ i: 1 }), { t: 'err', code: 'not_member' }, 'although the bucket says otherwise');
  t.equal(client.frames.filter((frame) => frame.t === 'mem').length, 1);
  await edge.member('join', room, user, 4);
  await wait(20);
  client.send({ t: 'send', i: 2, r: room, c: clientId(), b: { text: 'x' } });
  t.match(await client.next({ i: 2 }), { t: 'ok' }, 'until it begins anew');
});

t.test('leave wins over a join that is still under way', async (t) => {
  const bus = createMemoryBus();
  const slowly: typeof bus.live.follow = async (room, listener) => {
    await wait(50);
    return bus.live.follow(room, listener);
  };
  const edge = await startEdge(t, {}, { ...bus, live: { follow: slowly } });
  const user = newId<UserId>();
  const room = newId<RoomId>();
  await edge.allow(user, room);
  const client = await edge.greeted(user, { rooms: 'none' });
  client.send({ t: 'join', i: 1, rs: [room] });
  client.send({ t: 'leave', i: 2, rs: [room] });
  await client.next({ t: 'ok', i: 1 });
  t.equal(client.frames.filter((frame) => frame.t === 'live').length, 0);
  const gone = await edge.greeted(user, { rooms: 'none' });
  gone.send({ t: 'join', i: 1, rs: [room] });
  gone.socket.terminate();
  await wait(100);
  client.send({ t: 'ping', i: 3 });
  await client.next({ i: 3 });
});

t.test('… and over one that still asks who is a member', async (t) => {
  const edge = await startEdge(t);
  const user = newId<UserId>();
  const [left, kept] = [newId<RoomId>(), newId<RoomId>()];
  await edge.allow(user);
  const client = await edge.greeted(user, { rooms: 'none' });
  await edge.allow(user, left, kept);
  client.send({ t: 'join', i: 1, rs: [left, kept] });
  client.send({ t: 'leave', i: 2, rs: [left] });
  await client.next({ t: 'ok', i: 2 });
  t.notOk(
    client.frames.some(({ t, i }) => t === 'ok' && i === 1),
    'who is a member is not known yet',
  );
  await client.next({ t: 'ok', i: 1 });
  t.same(
    client.frames.filter(({ t }) => t === 'live').map(({ r }) => r),
    [kept],
  );
  client.send({ t: 'join', i: 3, rs: [left] });
  await client.next({ t: 'live', r: left });
});
