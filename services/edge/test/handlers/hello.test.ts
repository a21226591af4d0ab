import { createMemoryBus, encodeEvent } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { inboxOf, newId, type OpId, type RoomEvent, type RoomId, type UserId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { clientId, startEdge, wait } from '../start-edge.ts';
import { goodClaims } from '../tokens.ts';

t.test('the token may come in the first frame, as a header or as a subprotocol', async (t) => {
  const edge = await startEdge(t);
  const user = newId<UserId>();
  await edge.allow(user);
  const token = edge.tokenOf(user);
  const ways = [
    { hello: { tok: token } },
    { connect: { headers: { authorization: `Bearer ${token}` } } },
    { connect: { protocols: ['gapless.v1', `bearer.${token}`] } },
    { connect: { protocols: [`bearer.${token}`, 'gapless.v1'] } },
  ];
  for (const { hello = {}, connect = {} } of ways) {
    const client = await edge.connect(connect);
    t.equal(client.socket.protocol, 'gapless.v1', 'and is never answered back');
    client.send({ t: 'hello', i: 1, ...hello });
    t.match(await client.next({ t: 'hi' }), {
      i: 1,
      v: 1,
      u: user,
      sid: goodClaims(user)['sid'],
      gen: 'memory',
      caps: [],
      lim: { frame: 16_384, text: 1_000, rooms: 500, idle: 60_000, rate: 50, burst: 200 },
    });
  }
});

t.test('hello answers with hi, the rooms and what is live, in that order, and before any event', async (t) => {
  const edge = await startEdge(t);
  const user = newId<UserId>();
  const rooms = [newId<RoomId>(), newId<RoomId>()] as const;
  await edge.allow(user, ...rooms);
  const first = await edge.greeted(user);
  first.send({ t: 'send', i: 1, r: rooms[0], c: clientId(), b: { text: 'one' } });
  const { s } = await first.next({ t: 'ok', i: 1 });
  const second = await edge.greeted(user);
  await second.next({ t: 'live', r: rooms[0] });
  await second.next({ t: 'live', r: rooms[1] });
  t.match(second.frames, [
    { t: 'hi' },
    {
      t: 'rooms',
      rs: [
        { r: rooms[0], head: s, role: 'member' },
        { r: rooms[1], head: 0 },
      ],
    },
    { t: 'live', r: rooms[0], s },
    { t: 'live', r: rooms[1], s: 0 },
  ]);
});

t.test('rooms: all, none, or those named; one that is not mine refuses the whole frame', async (t) => {
  const edge = await startEdge(t);
  const user = newId<UserId>();
  const [a, b, strange] = [newId<RoomId>(), newId<RoomId>(), newId<RoomId>()];
  await edge.allow(user, a, b);
  const none = await edge.greeted(user, { rooms: 'none' });
  await wait(20);
  t.same(
    none.frames.map((frame) => frame.t),
    ['hi', 'rooms'],
  );
  const one = await edge.greeted(user, { rooms: [b, b] });
  await wait(20);
  t.same(one.frames.slice(2), [{ t: 'live', r: b, s: 0 }]);
  const refused = await edge.connect();
  refused.send({ t: 'hello', i: 1, tok: edge.tokenOf(user), rooms: [a, strange] });
  t.match(await refused.next({ i: 1 }), { t: 'err', code: 'not_member' });
  refused.send({ t: 'hello', i: 2, tok: edge.tokenOf(user), rooms: [a] });
  t.match(await refused.next({ i: 2 }), { t: 'hi' }, 'and may be said again');
});

t.test('many rooms come in pages', async (t) => {
  const edge = await startEdge(t);
  const user = newId<UserId>();
  await edge.allow(user, ...Array.from({ length: 250 }, () => newId<RoomId>()));
  const client = await edge.greeted(user);
  const pages = client.frames.filter((frame) => frame.t === 'rooms') as unknown as { rs: unknown[]; more?: 1 }[];
  t.same(
    pages.map(({ rs, more }) => [rs.length, more]),
    [
      [100, 1],
      [100, 1],
      [50, undefined],
    ],
  );
});

t.test('before hi only hello and ping are answered, after it no second hello', async (t) => {
  const edge = await startEdge(t);
  const user = newId<UserId>();
  const room = newId<RoomId>();
  await edge.allow(user, room);
  const client = await edge.connect();
  client.send({ t: 'ping', i: 1 });
  t.match(await client.next({ i: 1 }), { t: 'pong', now: Number });
  client.send({ t: 'join', i: 2, rs: [room] });
  client.send({ t: 'send', i: 3, r: room, c: clientId(), b: { text: 'x' } });
  client.send({ t: 'auth', i: 4, tok: edge.tokenOf(user) });
  for (const i of [2, 3, 4]) t.match(await client.next({ i }), { t: 'err', code: 'unauthenticated' });
  client.send({ t: 'hello', i: 5 });
  t.match(await client.next({ i: 5 }), { t: 'err', code: 'unauthenticated' }, 'nor hello without a token');
  client.send({ t: 'hello', i: 6, tok: edge.tokenOf(user) });
  client.send({ t: 'hello', i: 7, tok: edge.tokenOf(user) });
  t.match(await client.next({ i: 6 }), { t: 'hi' });
  t.match(await client.next({ i: 7 }), { t: 'err', code: 'conflict' });
});

t.test('who does not greet in time is closed, and told why', async (t) => {
  const edge = await startEdge(t, { helloDeadlineMs: 300 });
  const silent = await edge.connect();
  const forged = await edge.connect();
  forged.send({ t: 'hello', i: 1, tok: edge.issuer.token(goodClaims(newId(), -1)) });
  t.match(await forged.next({ i: 1 }), { t: 'err', code: 'unauthenticated' });
  const unserved = await edge.connect();
  unserved.send({ t: 'hello', i: 1, tok: edge.tokenOf(newId<UserId>()) });
  t.match(await unserved.next({ i: 1 }), { t: 'err', code: 'unavailable', retry: Number }, 'nobody knows its rooms');
  t.equal(await silent.closed, 4408);
  t.equal(await forged.closed, 4401);
  t.equal(await unserved.closed, 1013);
});

t.test('the rooms of a user whom the bucket does not know are asked of the api', async (t) => {
  const edge = await startEdge(t);
  const user = newId<UserId>();
  const room = newId<RoomId>();
  edge.bus.commands.serve('access.find', async () => ({ rooms: { [room]: { role: 'owner', ver: 1, since: 1 } } }));
  const client = await edge.greeted(user);
  t.match(client.frames[1], { rs: [{ r: room, role: 'owner' }] });
});

t.test('a bus that fails in the midst of hello leaves nothing behind', async (t) => {
  const bus = createMemoryBus();
  let away = true;
  const heads: typeof bus.log.heads = async (rooms) => {
    if (away) throw new Failure('log_unavailable');
    return bus.log.heads(rooms);
  };
  const edge = await startEdge(t, { roomLingerMs: 10 }, { ...bus, log: { ...bus.log, heads } });
  const user = newId<UserId>();
  await edge.allow(user, newId<RoomId>());
  const client = await edge.connect();
  client.send({ t: 'hello', i: 1, tok: edge.tokenOf(user) });
  t.match(await client.next({ i: 1 }), { t: 'err', code: 'unavailable' });
  await wait(30);
  t.match(await edge.metrics(), /gapless_edge_rooms\{[^}]*\} 0/);
  t.match(await edge.metrics(), /gapless_edge_users\{[^}]*\} 0/);
  away = false;
  client.send({ t: 'hello', i: 2, tok: edge.tokenOf(user) });
  t.match(await client.next({ i: 2 }), { t: 'hi' });
});

t.test('a user has so many sockets on an edge and no more', async (t) => {
  const edge = await startEdge(t, { socketsPerUser: 2 });
  const user = newId<UserId>();
  await edge.allow(user);
  const first = await edge.greeted(user);
  await edge.greeted(user);
  const third = await edge.connect();
  third.send({ t: 'hello', tok: edge.tokenOf(user) });
  t.equal(await third.closed, 4409);
  first.socket.close();
  await first.closed;
  await wait(20);
  await edge.greeted(user);
});

t.test('a room that comes while a socket greets becomes live on it all the same', async (t) => {
  const edge = await startEdge(t);
  const [user, room, other] = [newId<UserId>(), newId<RoomId>(), newId<RoomId>()];
  let greeting: Promise<void> = Promise.resolve();
  let asked = 0;
  edge.bus.commands.serve('reads.find', async () => {
    asked++;
    await greeting;
    return { w: [] };
  });
  await edge.allow(user, other);
  const first = await edge.greeted(user);
  let goOn = (): void => undefined;
  greeting = new Promise((resolve) => {
    goOn = resolve;
  });
  const before = asked;
  const second = await edge.connect();
  second.send({ t: 'hello', i: 1, tok: edge.tokenOf(user) });
  await until('it greets', () => asked > before);
  await edge.member('join', room, user, 1);
  await edge.allow(user, other, room);
  const op = newId<OpId>();
  const bytes = encodeEvent({ v: 1, t: 'added', r: user, u: user, at: 1, in: room, ver: 1 } as unknown as RoomEvent);
  await edge.bus.log.append({ room: inboxOf(user), id: op, lane: `outbox:${inboxOf(user)}`, bytes, op });
  await first.next({ t: 'live', r: room });
  goOn();
  await second.next({ t: 'hi' });
  await second.next({ t: 'live', r: room });
  t.match(
    second.frames.filter((frame) => frame['r'] === room),
    [{ t: 'mem', op: 'join' }, { t: 'live' }],
    'from the event on that let him in',
  );
});
