import { type Bus, createMemoryBus, type RevocationsFollowing } from '@gapless/shared/bus';
import { newId, type Revocation, type RoomId, type SessionId, type UserId } from '@gapless/shared/schema';
import t, { type Test } from 'tap';
import { clientId, startEdge, wait } from './start-edge.ts';
import { handshake, type TestClient } from './test-client.ts';
import { goodClaims } from './tokens.ts';

/** A bus of which a test says whether this edge has heard every revocation. */
function doubtful() {
  const bus = createMemoryBus();
  const state = { isCurrent: true, isAway: false };
  const follow: Bus['revocations']['follow'] = (listener) => {
    const { stop } = bus.revocations.follow(listener);
    const following: RevocationsFollowing = {
      isCurrent: () => state.isCurrent,
      isAway: () => state.isAway,
      interruptions: 0,
      stop,
    };
    return following;
  };
  return { state, bus: { ...bus, revocations: { ...bus.revocations, follow } } };
}

async function aSocket(t: Test, bus: Bus = createMemoryBus()) {
  const edge = await startEdge(t, {}, bus);
  const [user, room] = [newId<UserId>(), newId<RoomId>()];
  await edge.allow(user, room);
  const session = newId<SessionId>();
  const token = edge.issuer.token({ ...goodClaims(user), sid: session });
  const client = await edge.greeted(user, { tok: token });
  await client.next({ t: 'live' });
  return { edge, user, room, session, token, client };
}

const ended = (user: UserId, session: SessionId): Revocation => ({
  kind: 'session',
  user,
  session,
  until: Date.now() + 60_000,
});

const disabled = (user: UserId, epoch: number): Revocation => ({
  kind: 'user',
  user,
  epoch,
  until: Date.now() + 60_000,
});

const send = (client: TestClient, room: RoomId, i: number): void =>
  client.send({ t: 'send', i, r: room, c: clientId(), b: { text: `message ${i}` } });

t.test('the sockets of a session that ended close, those of others stay; its token opens nothing', async (t) => {
  const { edge, user, session, token, client } = await aSocket(t);
  const other = await edge.greeted(user);
  await edge.bus.revocations.publish(ended(user, session));
  t.equal(await client.closed, 4401);
  other.send({ t: 'ping', i: 1 });
  t.match(await other.next({ i: 1 }), { t: 'pong' });
  t.match(await handshake(edge.port, { authorization: `Bearer ${token}` }), { status: 401 });
  const again = await edge.connect();
  again.send({ t: 'hello', i: 1, tok: token });
  t.match(await again.next({ i: 1 }), { t: 'err', code: 'unauthenticated' });
  other.send({ t: 'auth', i: 2, tok: token });
  t.match(await other.next({ i: 2 }), { t: 'err', code: 'unauthenticated' });
});

t.test('all sockets of a disabled user close; only tokens made after he was enabled count', async (t) => {
  const { edge, user, client } = await aSocket(t);
  await edge.bus.revocations.publish(disabled(user, 1));
  t.equal(await client.closed, 4401);
  const hello = async (claims: Record<string, unknown>) => {
    const socket = await edge.connect();
    socket.send({ t: 'hello', i: 1, tok: edge.issuer.token({ ...goodClaims(user), ...claims }) });
    return socket.next({ i: 1 });
  };
  t.match(await hello({}), { t: 'err', code: 'unauthenticated' });
  t.match(await hello({ ep: 1 }), { t: 'hi' });
});

t.test('a token of the handshake that is revoked before hello is refused', async (t) => {
  const { edge, user, session, token } = await aSocket(t);
  const client = await edge.connect({ headers: { authorization: `Bearer ${token}` } });
  await edge.bus.revocations.publish(ended(user, session));
  client.send({ t: 'hello', i: 1 });
  t.match(await client.next({ i: 1 }), { t: 'err', code: 'unauthenticated' });
});

t.test('what was revoked before the edge began is refused', async (t) => {
  const bus = createMemoryBus();
  const user = newId<UserId>();
  await bus.revocations.publish(disabled(user, 1));
  const edge = await startEdge(t, {}, bus);
  const client = await edge.connect();
  client.send({ t: 'hello', i: 1, tok: edge.tokenOf(user) });
  t.match(await client.next({ i: 1 }), { t: 'err', code: 'unauthenticated' });
});

t.test('in doubt frames wait, and are answered in their order when it is over', async (t) => {
  const { bus, state } = doubtful();
  const { client, room } = await aSocket(t, bus);
  state.isCurrent = false;
  for (let i = 1; i <= 5; i++) send(client, room, i);
  await wait(100);
  t.notOk(
    client.frames.some(({ t }) => t === 'ok'),
    'nothing was done',
  );
  state.isCurrent = true;
  send(client, room, 6);
  await client.next({ t: 'ok', i: 6 });
  const messages = client.frames.filter((frame) => frame.t === 'msg');
  t.same(
    messages.map((frame) => (frame['b'] as { text: string }).text),
    [1, 2, 3, 4, 5, 6].map((i) => `message ${i}`),
  );
});

t.test('whoever is found to be revoked when the doubt is over was served nothing meanwhile', async (t) => {
  const { bus, state } = doubtful();
  const { edge, client, user, session, room } = await aSocket(t, bus);
  const reader = newId<UserId>();
  await edge.allow(reader, room);
  const other = await edge.greeted(reader);
  await other.next({ t: 'live' });
  const before = client.frames.length;
  state.isCurrent = false;
  send(client, room, 1);
  const bytes = Buffer.from(
    JSON.stringify({ v: 1, t: 'msg', r: room, u: reader, at: 1, c: clientId(), b: { text: 'hi' } }),
  );
  await bus.log.append({ room, id: 'x', lane: 'x', bytes });
  await wait(50);
  await bus.revocations.publish(ended(user, session));
  state.isCurrent = true;
  t.equal(await client.closed, 4401);
  t.equal(client.frames.length, before);
  t.match(await other.next({ t: 'msg' }), { b: { text: 'hi' } }, 'who may have it gets it');
  t.equal((await bus.log.readRoom(room, 0, 10)).length, 1, 'nothing of his was stored');
});

t.test('an edge that cannot ask what was revoked takes no sockets, serves no frames, and says so', async (t) => {
  const { bus, state } = doubtful();
  const { edge, client, room } = await aSocket(t, bus);
  Object.assign(state, { isCurrent: false, isAway: true });
  send(client, room, 1);
  t.match(await client.next({ i: 1 }), { t: 'err', code: 'unavailable' });
  t.match(await handshake(edge.port), { status: 503 });
  t.match(edge.edge.obstacles(), ['what was revoked is not known now']);
  client.send({ t: 'ping', i: 2 });
  t.match(await client.next({ i: 2 }), { t: 'pong' });
});

t.test('who said hello amid such a doubt is sent away for now, and not for having said nothing', async (t) => {
  const { bus, state } = doubtful();
  const edge = await startEdge(t, { helloDeadlineMs: 500 }, bus);
  const user = newId<UserId>();
  await edge.allow(user);
  const clients = [await edge.connect(), await edge.connect()] as const;
  Object.assign(state, { isCurrent: false, isAway: true });
  clients[0].send({ t: 'hello', i: 1, tok: edge.tokenOf(user) });
  t.match(await clients[0].next({ i: 1 }), { t: 'err', code: 'unavailable' });
  t.same(await Promise.all(clients.map(({ closed }) => closed)), [1013, 4408]);
});
