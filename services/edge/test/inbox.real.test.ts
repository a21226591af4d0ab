import { encodeEvent } from '@gapless/shared/bus';
import {
  type InboxEvent,
  inboxOf,
  newId,
  type OpId,
  type RoomEvent,
  type RoomId,
  type UserId,
} from '@gapless/shared/schema';
import { connectTestBus, startNats } from '@gapless/shared/testing';
import t from 'tap';
import { clientId, startEdge, type TestEdge } from './start-edge.ts';
import type { TestClient } from './test-client.ts';

const nats = await startNats(t);
/** Two edges of one installation. */
const edges: TestEdge[] = [];
for (const _ of [1, 2]) edges.push(await startEdge(t, { replayEvents: 20 }, await connectTestBus(t, nats.url)));
const [here, there] = edges as [TestEdge, TestEdge];
const api = await connectTestBus(t, nats.url);
api.commands.serve('access.find', async () => ({ rooms: {} }));

/** What the dispatcher does with a row for an inbox. */
async function tell(user: UserId, event: { t: InboxEvent['t'] } & Record<string, unknown>): Promise<number> {
  const op = newId<OpId>();
  const whole = { v: 1, r: user, u: newId<UserId>(), at: 1, ...event } as unknown as RoomEvent;
  const room = inboxOf(user);
  return (await api.log.append({ room, id: op, lane: `outbox:${room}`, bytes: encodeEvent(whole), op })).seq;
}
const notice = (user: UserId, text: string) => tell(user, { t: 'notice', text });

const texts = (client: TestClient) => client.frames.flatMap((frame) => (frame.t === 'notice' ? [frame['text']] : []));

async function hello(edge: TestEdge, user: UserId, fields: object = {}) {
  const client = await edge.connect();
  client.send({ t: 'hello', i: 0, tok: edge.tokenOf(user), ...fields });
  const hi = await client.next({ t: 'hi', i: 0 });
  await client.next({ t: 'rooms' });
  return { client, hi };
}

async function allow(user: UserId, room: RoomId, ver: number, since: number): Promise<void> {
  const entry = await api.access.read(user);
  const rooms = { ...entry?.rooms, [room]: { role: 'member' as const, ver, since } };
  await api.access.write(user, rooms, entry?.revision ?? 0);
}

async function joinEvent(room: RoomId, user: UserId, ver: number): Promise<number> {
  const op = newId<OpId>();
  const bytes = encodeEvent({ v: 1, t: 'mem', op: 'add', r: room, u: newId<UserId>(), at: 1, us: [user], ver });
  return (await api.log.append({ room, id: op, lane: `outbox:${room}`, bytes, op })).seq;
}

t.test(
  'what is told to a user comes to all his sockets on every edge, once, in order, and to nobody else',
  async (t) => {
    const [user, other] = [newId<UserId>(), newId<UserId>()];
    const mine = [await hello(here, user), await hello(here, user), await hello(there, user)];
    const { client: stranger } = await hello(there, other);
    const first = await notice(user, 'one');
    const second = await notice(user, 'two');
    for (const { client } of mine) {
      t.match(await client.next({ t: 'notice', text: 'one' }), { r: user, s: first });
      t.match(await client.next({ t: 'notice', text: 'two' }), { r: user, s: second, p: first });
    }
    await notice(other, 'mine');
    await stranger.next({ t: 'notice', text: 'mine' });
    t.same(texts(stranger), ['mine']);
    for (const { client } of mine) t.same(texts(client), ['one', 'two']);
  },
);

t.test(
  'with a cursor the inbox is replayed from there, on whatever edge; without one it is live from `hi.inbox` on',
  async (t) => {
    const user = newId<UserId>();
    const told: number[] = [];
    for (let n = 0; n < 5; n++) told.push(await notice(user, `before ${n}`));
    const { client, hi } = await hello(here, user);
    t.equal(hi['inbox'], told[4]);
    const live = await notice(user, 'live');
    await client.next({ t: 'notice', text: 'live' });
    t.same(texts(client), ['live']);
    t.equal(client.frames.filter(({ t }) => t === 'live').length, 0);
    for (const edge of edges) {
      const { client: again } = await hello(edge, user, { inbox: told[2] });
      t.same(await again.next({ t: 'live', r: user }), { t: 'live', r: user, s: live });
      t.same(texts(again), ['before 3', 'before 4', 'live']);
      t.equal(again.frames.find(({ t }) => t === 'notice')?.['p'], told[2]);
    }
    const { client: elsewhere } = await hello(here, user, { inbox: told[2], gen: 'another' });
    await notice(user, 'last');
    await elsewhere.next({ t: 'notice', text: 'last' });
    t.same(texts(elsewhere), ['last'], 'a cursor of another installation is void');
  },
);

t.test('beyond the limit `lag` names what is missing, and `join` with my own id reads on', async (t) => {
  const user = newId<UserId>();
  const told: number[] = [];
  for (let n = 0; n < 50; n++) told.push(await notice(user, `${n}`));
  const { client } = await hello(here, user, { inbox: 0 });
  let lag = await client.next({ t: 'lag', r: user });
  await client.next({ t: 'live', r: user });
  for (let i = 1; texts(client).length < 50 && i < 5; i++) {
    client.send({ t: 'join', i, rs: [user], since: { [user]: Number(lag['from']) - 1 } });
    await client.next({ t: 'ok', i });
    lag = client.frames.filter(({ t }) => t === 'lag').at(-1) ?? lag;
  }
  t.same(
    texts(client),
    told.map((_, n) => `${n}`),
  );
});

t.test('nobody reads another’s inbox or writes in his own', async (t) => {
  const [user, other] = [newId<UserId>(), newId<UserId>()];
  const { client } = await hello(here, user);
  const to = (r: UserId | string, i: number) => [
    { t: 'send', i, r, c: clientId(), b: { text: 'x' } },
    { t: 'hist', i, r },
    { t: 'typing', i, r, on: 1 },
    { t: 'read', i, r, s: 1 },
    { t: 'react', i, r, m: 1, c: clientId(), e: '👍', on: 1 },
  ];
  let i = 100;
  for (const id of [user, other]) {
    for (const frame of to(id, 0)) {
      client.send({ ...frame, i: ++i });
      t.match(
        await client.next({ i }),
        { t: 'err', code: 'not_member' },
        `${frame.t} ${id === user ? 'mine' : 'another’s'}`,
      );
    }
  }
  client.send({ t: 'join', i: ++i, rs: [other] });
  t.match(await client.next({ i }), { t: 'err', code: 'not_member' });
  client.send({ t: 'join', i: ++i, rs: [inboxOf(other)] });
  t.match(await client.next({ i }), { t: 'err', code: 'bad_frame' });
  await notice(other, 'secret');
  await notice(user, 'end');
  await client.next({ t: 'notice', text: 'end' });
  t.same(texts(client), ['end']);
});

t.test('who is added hears the room from the event that added him on, where he follows all his rooms', async (t) => {
  const [room, user] = [newId<RoomId>(), newId<UserId>()];
  const owner = newId<UserId>();
  await allow(owner, room, 1, 0);
  const { client: writer } = await hello(here, owner);
  const say = async (text: string) => {
    writer.send({ t: 'send', i: 7, r: room, c: clientId(), b: { text } });
    await writer.next({ i: 7, t: 'ok' });
  };
  await say('before');
  const all = [await hello(here, user), await hello(there, user)];
  const { client: none } = await hello(there, user, { rooms: 'none' });
  // The word may come before anybody can read that he may.
  await tell(user, { t: 'added', in: room, ver: 5 });
  for (const { client } of [...all, { client: none }]) await client.next({ t: 'added', in: room });
  const since = await joinEvent(room, user, 5);
  await say('amid');
  await allow(user, room, 5, since);
  for (const { client } of all) {
    await client.next({ t: 'live', r: room });
    const seen = client.frames.filter((frame) => frame['r'] === room && frame.t !== 'live');
    t.same(
      seen.map((frame) => [frame.t, (frame['b'] as { text: string } | undefined)?.text]),
      [
        ['mem', undefined],
        ['msg', 'amid'],
      ],
    );
  }
  await say('behind');
  for (const { client } of all)
    await client.next((frame) => frame.t === 'msg' && (frame['b'] as { text: string }).text === 'behind');
  t.notOk(none.frames.some((frame) => frame['r'] === room));
});

t.test('a room that is lost is told where it is not heard, too', async (t) => {
  const [room, user] = [newId<RoomId>(), newId<UserId>()];
  await allow(user, room, 2, 1);
  const { client } = await hello(here, user, { rooms: 'none' });
  const entry = await api.access.read(user);
  await api.access.write(user, {}, entry?.revision ?? 0);
  await tell(user, { t: 'out', in: room, op: 'remove', ver: 3 });
  await client.next({ t: 'out', in: room });
  t.same(await client.next({ t: 'removed' }), { t: 'removed', r: room });
});
