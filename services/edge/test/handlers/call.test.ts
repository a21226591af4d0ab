import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId, type SessionId, type UserId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { startEdge } from '../start-edge.ts';
import { goodClaims } from '../tokens.ts';

/** As the api and a log worker do when the session ends. */
const revoke = ({ edge, user, sid }: Awaited<ReturnType<typeof caller>>) =>
  edge.bus.revocations.publish({ kind: 'session', user, session: sid, until: Date.now() + 60_000 });

async function caller(t: Test) {
  const edge = await startEdge(t);
  const user = newId<UserId>();
  await edge.allow(user);
  const sid = newId<SessionId>();
  const client = await edge.greeted(user, { tok: edge.issuer.token({ ...goodClaims(user), sid }) });
  return { edge, user, sid, client };
}

t.test('a command is carried out for who asks, and answered with what it answers', async (t) => {
  const { edge, user, sid, client } = await caller(t);
  const room = newId<RoomId>();
  const asked: unknown[] = [];
  edge.bus.commands.serve('call.rooms.join', async (payload) => {
    asked.push(payload);
    return { id: room };
  });
  edge.bus.commands.serve('call.rooms.leave', async () => undefined);
  client.send({ t: 'call', i: 1, m: 'rooms.join', p: { room } });
  t.match(await client.next({ i: 1 }), { t: 'ok', res: { id: room } });
  t.same(asked, [{ u: user, sid, p: { room } }]);
  client.send({ t: 'call', i: 2, m: 'rooms.leave', p: { room } });
  t.same(await client.next({ i: 2 }), { t: 'ok', i: 2 });
});

t.test('what is no command, has other parameters or is refused is answered by an error', async (t) => {
  const { edge, client } = await caller(t);
  edge.bus.commands.serve('call.rooms.delete', async () => {
    throw new Failure('forbidden');
  });
  const user = newId<UserId>();
  const refusals = [
    [{ m: 'streams.vouch', p: { stream: 'ROOM_0' } }, 'not_found'],
    [{ m: 'access.find', p: { u: user } }, 'not_found'],
    [{ m: 'rooms.join' }, 'bad_frame'],
    [{ m: 'rooms.join', p: { room: 'x' } }, 'bad_frame'],
    [{ m: 'rooms.delete', p: { room: newId<RoomId>() } }, 'forbidden'],
    [{ m: 'users.disable', p: { user } }, 'not_found'],
    [{ m: 'rooms.leave', p: { room: newId<RoomId>() } }, 'unavailable'],
  ] as const;
  for (const [n, [call, code]] of refusals.entries()) {
    client.send({ t: 'call', i: n, ...call });
    t.match(await client.next({ i: n, t: 'err' }), { code }, JSON.stringify(call));
  }
});

t.test('a log-out over the socket is answered, then the socket closes', async (t) => {
  const called = await caller(t);
  const { edge, client } = called;
  edge.bus.commands.serve('call.sessions.close', () => revoke(called));
  client.send({ t: 'call', i: 1, m: 'sessions.close' });
  t.match(await client.next({ i: 1 }), { t: 'ok' });
  t.equal(await client.closed, 4401);
});

t.test('a command that hangs keeps no socket open whose session ended', async (t) => {
  const called = await caller(t);
  const { edge, client } = called;
  const asked = new Promise<void>((resolve) => {
    edge.bus.commands.serve('call.rooms.join', () => {
      resolve();
      return new Promise(() => undefined);
    });
  });
  client.send({ t: 'call', i: 1, m: 'rooms.join', p: { room: newId<RoomId>() } });
  await asked;
  await revoke(called);
  t.equal(await client.closed, 4401);
});

t.test('of two log-outs at once both are answered; a third, behind the end, puts it off no longer', async (t) => {
  const called = await caller(t);
  const { edge, client } = called;
  const answers: (() => void)[] = [];
  edge.bus.commands.serve('call.sessions.close', () => new Promise<void>((resolve) => void answers.push(resolve)));
  for (const i of [1, 2]) client.send({ t: 'call', i, m: 'sessions.close' });
  await until('both are asked', () => answers.length === 2);
  answers[0]?.();
  t.match(await client.next({ i: 1 }), { t: 'ok' });
  await revoke(called);
  client.send({ t: 'call', i: 3, m: 'sessions.close' });
  t.match(await client.next({ i: 3 }), { t: 'err', code: 'unauthenticated' });
  answers[1]?.();
  t.match(await client.next({ i: 2 }), { t: 'ok' });
  t.equal(await client.closed, 4401);
  t.equal(answers.length, 2);
});
