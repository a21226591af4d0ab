import { decodeEvent, encodeEvent, type FlagStore } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import {
  type MembershipEvent,
  newId,
  type OpId,
  type RoomFlags,
  type RoomId,
  type UserId,
} from '@gapless/shared/schema';
import { connectTestBus, startNats, until } from '@gapless/shared/testing';
import t from 'tap';
import { clientId, startEdge, type TestEdge, wait } from './start-edge.ts';
import { handshake, type TestClient } from './test-client.ts';

const nats = await startNats(t);
/** Two edges of one installation. */
const edges: TestEdge[] = [];
for (const _ of [1, 2]) edges.push(await startEdge(t, {}, await connectTestBus(t, nats.url)));
const [here, there] = edges as [TestEdge, TestEdge];
const { bus } = here;

/** The api of both: what it is asked, and what it answers. */
const turns = new Map<string, string>();
/** Before that it says of no turn whose it is. */
let counted: Promise<void> = Promise.resolve();
const api = await connectTestBus(t, nats.url);
api.commands.serve('messages.turn', async (query) => {
  const { u, r, c } = query as Record<string, string>;
  const key = `${r}:${u}`;
  if (!turns.has(key)) turns.set(key, String(c));
  await counted;
  return { retry: turns.get(key) === c ? 0 : 5_000 };
});
api.commands.serve('messages.find', async (query) => {
  const { r, u, c } = query as { r: RoomId; u: UserId; c: string };
  for (const { seq, bytes } of await api.log.readRoom(r, 0, 100)) {
    const event = decodeEvent(bytes);
    if (event.t === 'msg' && event.u === u && event.c === c)
      return { s: seq, at: event.at, raw: JSON.stringify(event) };
  }
  return null;
});
for (const change of ['edit', 'delete', 'react']) {
  api.commands.serve(`messages.${change}`, async () => ({ seq: 1, at: 1, duplicate: false }));
}

interface Cast {
  readonly room: RoomId;
  readonly member: UserId;
  readonly clients: readonly [TestClient, TestClient];
}

/** A member with a socket on either edge, where his room is live; `role` is what the bucket says of him. */
async function cast(role: 'member' | 'moderator' = 'member', hello: object = {}): Promise<Cast> {
  const [room, member] = [newId<RoomId>(), newId<UserId>()];
  const entry = await bus.access.read(member);
  await bus.access.write(member, { [room]: { role, ver: 1, since: 1 } }, entry?.revision ?? 0);
  const clients = [await here.greeted(member, { ...hello }), await there.greeted(member, { ...hello })] as const;
  return { room, member, clients };
}

let n = 0;
async function answerTo(client: TestClient, frame: Record<string, unknown>) {
  const i = ++n;
  client.send({ ...frame, i });
  const answer = await client.next({ i });
  return answer.t === 'ok' ? 'ok' : String(answer['code']);
}

const send = (client: TestClient, r: RoomId, c = clientId()) =>
  answerTo(client, { t: 'send', r, c, b: { text: 'hello' } });

async function append(room: RoomId, event: Parameters<typeof encodeEvent>[0]) {
  const op = newId<OpId>();
  const { seq } = await api.log.append({ room, id: op, lane: `outbox:${room}`, bytes: encodeEvent(event), op });
  return seq;
}

/** What the dispatcher does: first what edges read, then the event. */
async function change(room: RoomId, flags: RoomFlags): Promise<void> {
  await api.flags.write(room, flags);
  await append(room, {
    v: 1,
    t: 'room',
    r: room,
    u: newId<UserId>(),
    at: 0,
    frozen: 0,
    archived: 0,
    slow: 0,
    ...flags,
  });
}

const tell = (room: RoomId, member: UserId, of: Partial<MembershipEvent> & Pick<MembershipEvent, 'op' | 'ver'>) =>
  append(room, { v: 1, t: 'mem', r: room, u: newId<UserId>(), at: 0, us: [member], ...of });

t.test('a frozen room takes nothing from members behind the event, on any edge, until it is thawed', async (t) => {
  const { room, clients } = await cast();
  for (const client of clients) t.equal(await send(client, room), 'ok');
  await change(room, { ver: 2, frozen: 1 });
  for (const client of clients) {
    await client.next({ t: 'room', frozen: 1 });
    t.equal(await send(client, room), 'frozen');
    t.equal(await answerTo(client, { t: 'typing', r: room, on: 1 }), 'frozen');
  }
  await change(room, { ver: 3 });
  for (const client of clients) {
    await client.next({ t: 'room', frozen: 0 });
    t.equal(await send(client, room), 'ok');
  }
});

t.test('what was stored before the room was frozen is answered as it was, and nothing is stored again', async (t) => {
  const { room, clients } = await cast();
  const [client] = clients;
  const first = { t: 'send', r: room, c: clientId(), b: { text: 'its ok was lost' } };
  client.send({ ...first, i: ++n });
  const { s, at } = await client.next({ i: n });
  await change(room, { ver: 2, frozen: 1 });
  for (const client of clients) {
    await client.next({ t: 'room', frozen: 1 });
    client.send({ ...first, i: ++n });
    t.same(await client.next({ i: n }), { t: 'ok', i: n, s, at, dup: 1 });
    t.equal(await send(client, room), 'frozen');
    t.equal(await answerTo(client, { ...first, b: { text: 'something else' } }), 'conflict');
  }
});

t.test('of changes the api decides, which knows what was made before', async (t) => {
  const { room, clients } = await cast();
  await change(room, { ver: 2, frozen: 1 });
  for (const client of clients) {
    await client.next({ t: 'room', frozen: 1 });
    const change = { r: room, m: 1, c: clientId() };
    t.equal(await answerTo(client, { t: 'edit', ...change, b: { text: 'x' } }), 'ok');
    t.equal(await answerTo(client, { t: 'react', ...change, e: '👍', on: 1 }), 'ok');
    t.equal(await answerTo(client, { t: 'del', ...change }), 'ok');
  }
});

t.test('who keeps order writes in a frozen room, and nobody in an archived one', async (t) => {
  const { room, clients } = await cast('moderator');
  await change(room, { ver: 2, frozen: 1 });
  for (const client of clients) {
    await client.next({ t: 'room', frozen: 1 });
    t.equal(await send(client, room), 'ok');
  }
  await change(room, { ver: 3, frozen: 1, archived: 1 });
  for (const client of clients) {
    await client.next({ t: 'room', archived: 1 });
    t.equal(await send(client, room), 'frozen');
  }
});

t.test(
  'a room that an edge does not hear takes nothing a second after it was frozen, and flags from before count',
  async (t) => {
    const { room, clients } = await cast('member', { rooms: 'none' });
    const [client] = clients;
    t.equal(await send(client, room), 'ok');
    await change(room, { ver: 2, frozen: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    t.equal(await send(client, room), 'frozen');
    const late = await cast();
    await api.flags.write(late.room, { ver: 7, archived: 1 });
    t.equal(await send(late.clients[1], late.room), 'frozen', 'nobody heard an event of it');
  },
);

t.test('who is muted sends nothing behind the event, and hears when it ends', async (t) => {
  const { room, member, clients } = await cast();
  for (const client of clients) t.equal(await send(client, room), 'ok');
  await tell(room, member, { op: 'mute', ver: 2, until: Date.now() + 60_000 });
  for (const client of clients) {
    await client.next({ t: 'mem', op: 'mute' });
    const i = ++n;
    client.send({ t: 'send', i, r: room, c: clientId(), b: { text: 'x' } });
    t.match(await client.next({ i }), { t: 'err', code: 'muted', retry: Number });
  }
  await tell(room, member, { op: 'unmute', ver: 3 });
  for (const client of clients) {
    await client.next({ t: 'mem', op: 'unmute' });
    t.equal(await send(client, room), 'ok');
  }
  await tell(room, member, { op: 'mute', ver: 4 });
  await tell(room, member, { op: 'mute', ver: 5, until: Date.now() - 1 });
  for (const client of clients) {
    await client.next((frame) => frame.t === 'mem' && frame['ver'] === 5);
    t.equal(await send(client, room), 'ok', 'its time is over');
  }
});

t.test('a new moderator may at once what moderators may, and one who is none any more not', async (t) => {
  const { room, member, clients } = await cast();
  await change(room, { ver: 2, frozen: 1 });
  await tell(room, member, { op: 'role', ver: 3, role: 'moderator' });
  for (const client of clients) {
    await client.next({ t: 'mem', op: 'role' });
    t.equal(await send(client, room), 'ok');
  }
  await tell(room, member, { op: 'role', ver: 4, role: 'member' });
  for (const client of clients) {
    await client.next((frame) => frame.t === 'mem' && frame['ver'] === 4);
    t.equal(await send(client, room), 'frozen');
  }
  await tell(room, newId<UserId>(), { op: 'leave', ver: 5, heir: member });
  for (const client of clients) {
    await client.next((frame) => frame.t === 'mem' && frame['ver'] === 5);
    t.equal(await send(client, room), 'ok', 'he is the owner now');
  }
});

t.test('whoever becomes owner is muted no more, by whatever way', async (t) => {
  const { room, member, clients } = await cast();
  const writes = async (ver: number, answer: string) => {
    for (const client of clients) {
      await client.next((frame) => frame.t === 'mem' && frame['ver'] === ver);
      t.equal(await send(client, room), answer);
    }
  };
  await tell(room, member, { op: 'mute', ver: 2 });
  await writes(2, 'muted');
  await tell(room, member, { op: 'role', ver: 3, role: 'owner' });
  await writes(3, 'ok');
  await tell(room, member, { op: 'role', ver: 4, role: 'moderator' });
  await tell(room, member, { op: 'mute', ver: 5 });
  await writes(5, 'muted');
  await tell(room, newId<UserId>(), { op: 'leave', ver: 6, heir: member });
  await writes(6, 'ok');
});

t.test('in a direct room of whom one has blocked the other nobody writes', async (t) => {
  const [room, member] = [newId<RoomId>(), newId<UserId>()];
  await bus.access.write(member, { [room]: { role: 'owner', ver: 1, since: 1, blk: 1 } }, 0);
  const client = await here.greeted(member);
  t.equal(await send(client, room), 'blocked');
});

t.test('a room that is gone is told as removed on every edge, and takes nothing', async (t) => {
  const { room, clients } = await cast();
  await change(room, { ver: 2, gone: 1 });
  for (const client of clients) {
    await client.next({ t: 'room', gone: 1 });
    t.same(await client.next({ t: 'removed' }), { t: 'removed', r: room });
    t.equal(await send(client, room), 'not_member');
  }
});

t.test('slow mode holds over all edges, lets a repeated message pass, and moderators', async (t) => {
  const { room, clients } = await cast();
  const [one, two] = clients;
  await change(room, { ver: 2, slow: 5 });
  for (const client of clients) await client.next({ t: 'room', slow: 5 });
  const c = clientId();
  t.equal(await send(one, room, c), 'ok');
  t.equal(await send(one, room, c), 'ok', 'repeated');
  t.equal(await send(two, room, c), 'ok', 'over another edge too');
  t.equal(await send(one, room), 'slow_mode');
  t.equal(await send(two, room), 'slow_mode');
  turns.set([...turns.keys()].find((key) => key.startsWith(room)) ?? '', clientId());
  t.equal(await send(two, room, c), 'ok', 'repeated behind the next one');
  const moderated = await cast('moderator');
  await change(moderated.room, { ver: 2, slow: 5 });
  for (const client of moderated.clients) {
    await client.next({ t: 'room', slow: 5 });
    t.equal(await send(client, moderated.room), 'ok');
    t.equal(await send(client, moderated.room), 'ok');
  }
});

t.test('what is sent when slow mode is over does not overtake what still waits for its turn', async (t) => {
  const { room, clients } = await cast();
  const [client] = clients;
  await change(room, { ver: 2, slow: 5 });
  await client.next({ t: 'room', slow: 5 });
  let count = (): void => undefined;
  counted = new Promise((resolve) => {
    count = resolve;
  });
  const say = (text: string) => {
    const i = ++n;
    client.send({ t: 'send', i, r: room, c: clientId(), b: { text } });
    return client.next({ i });
  };
  const first = say('first');
  await until('its turn is asked for', () => [...turns.keys()].some((key) => key.startsWith(room)));
  await change(room, { ver: 3 });
  await client.next({ t: 'room', slow: 0 });
  const second = say('second');
  await wait(50);
  count();
  const answers = [await first, await second] as const;
  t.match(answers, [{ t: 'ok' }, { t: 'ok' }]);
  t.ok(Number(answers[0]['s']) < Number(answers[1]['s']), 'stored in the order in which they were sent');
  t.equal(await send(client, room), 'ok', 'and nobody waits any more');
});

t.test('when nobody can say what a room takes it takes nothing; what is known goes on', async (t) => {
  const flags = there.bus.flags as { read: FlagStore['read'] };
  const { read } = flags;
  const known = await cast();
  t.equal(await send(known.clients[1], known.room), 'ok');
  flags.read = async () => {
    throw new Failure('log_unavailable');
  };
  t.teardown(() => {
    flags.read = read;
  });
  const unknown = await cast();
  t.equal(await send(unknown.clients[1], unknown.room), 'unavailable');
  t.equal(await send(known.clients[1], known.room), 'ok');
});

/** Keeps this process, and with it every edge in it, so busy that its loop turns a few times a second. */
function overworked(): () => void {
  const timer = setInterval(() => {
    for (const until = performance.now() + 80; performance.now() < until; );
  });
  return () => clearInterval(timer);
}

t.test(
  'an edge with more to do than it can says so, delivers what it took in order, and takes all again',
  async (t) => {
    const noLimit = {
      framesPerSecond: 100_000,
      frameBurst: 100_000,
      userSendsPerSecond: 100_000,
      userSendBurst: 100_000,
    };
    const edge = await startEdge(t, { ...noLimit, overloadDelayMs: 10 }, await connectTestBus(t, nats.url));
    const room = newId<RoomId>();
    const people = Array.from({ length: 31 }, () => newId<UserId>());
    for (const user of people) {
      await bus.access.write(user, { [room]: { role: 'member', ver: 1, since: 1 } }, 0);
    }
    const [reads, ...writers] = await Promise.all(people.map((user) => edge.greeted(user)));
    const [reader, writes] = [reads as TestClient, writers[0] as TestClient];
    const taken = new Map(writers.map((writer) => [writer, [] as string[]]));
    /** Each his own, for one user's wait for each other. Returns what was refused. */
    const sendSome = async () => {
      const sent = writers.flatMap((writer) =>
        [1, 2].map(() => ({ writer, frame: { t: 'send', i: ++n, r: room, c: clientId(), b: { text: 'hello' } } })),
      );
      for (const { writer, frame } of sent) writer.send(frame);
      const answers = await Promise.all(sent.map(({ writer, frame }) => writer.next({ i: frame.i })));
      for (const [at, { writer, frame }] of sent.entries())
        if (answers[at]?.t === 'ok') taken.get(writer)?.push(frame.c);
      return answers.filter((answer) => answer.t === 'err');
    };
    t.same(await sendSome(), [], 'while it is calm nobody is refused');
    const rest = overworked();
    t.teardown(rest);
    let refused = await sendSome();
    for (let tries = 0; refused.length === 0 && tries < 60; tries++) refused = await sendSome();
    t.ok(refused.length > 0, 'some are refused');
    for (const { code, retry } of refused) t.ok(code === 'busy' && Number(retry) >= 500, `${code}, ${retry}`);
    t.match(await handshake(edge.port), { status: 503, body: { code: 'busy' }, headers: { 'retry-after': '2' } });
    writes.send({ t: 'ping', i: ++n });
    await writes.next({ t: 'pong', i: n });
    t.match(await edge.metrics(), /edge_overloaded\{.*\} 2/);
    rest();
    for (let tries = 0; !/edge_overloaded\{.*\} 0/.test(await edge.metrics()) && tries < 300; tries++) await wait(50);
    t.same(await sendSome(), [], 'rested, it takes everything');
    t.match(await handshake(edge.port), { status: 101 });
    const all = [...taken.values()].flat();
    for (const c of all) await reader.next((frame) => frame['c'] === c);
    const heard = reader.frames.flatMap(({ t: kind, c }) => (kind === 'msg' ? [c] : []));
    t.equal(heard.length, all.length, 'everything that was acknowledged, once');
    for (const own of taken.values()) {
      const told = heard.filter((c) => own.includes(c as string));
      if (told.join() !== own.join()) t.fail('what one user sent comes in its order');
    }
  },
);
