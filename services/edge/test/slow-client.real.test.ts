import { createMemoryBus, type RoomListener } from '@gapless/shared/bus';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { clientId, startEdge, type TestEdge } from './start-edge.ts';
import type { TestClient } from './test-client.ts';

const kibibyte = 1024;
const outboxBytes = 256 * kibibyte;
/** Texts of many bytes: a kernel takes megabytes before anything waits in the edge. */
const text = 'x'.repeat(9_000);
/** Messages that a kernel may swallow at most. */
const most = 3_000;
const settings = {
  ...{ outboxBytes, textLimit: 10_000, inFlightPerSocket: 10_000 },
  ...{ framesPerSecond: 100_000, frameBurst: 100_000, userSendsPerSecond: 100_000, userSendBurst: 100_000 },
};

/** The memory bus, and a way to send signals on it. */
function busWithSignals() {
  const bus = createMemoryBus();
  const heard: [RoomId, RoomListener][] = [];
  const follow: typeof bus.live.follow = (room, listener) => {
    heard.push([room, listener]);
    return bus.live.follow(room, listener);
  };
  const tell = (room: RoomId, frame: object): void => {
    const bytes = Buffer.from(JSON.stringify({ ...frame, r: room }));
    for (const [at, listener] of heard) if (at === room) listener.signal(bytes);
  };
  return {
    bus: { ...bus, live: { ...bus.live, follow } },
    signal: (room: RoomId, n: number): void => tell(room, { t: 'typing', n }),
    receipt: (room: RoomId, user: UserId, read: number): void => tell(room, { t: 'rcpt', w: [[user, read, read]] }),
  };
}

interface Stage {
  readonly edge: TestEdge;
  readonly rooms: readonly [RoomId, RoomId];
  readonly slow: TestClient;
  readonly sender: TestClient;
  signal(room: RoomId, n: number): void;
  receipt(room: RoomId, user: UserId, read: number): void;
  /** Sends into both rooms in turns, and waits for the acknowledgements. */
  say(count: number): Promise<void>;
  metric(name: string, labels?: string): Promise<number>;
}

type Over = Parameters<typeof startEdge>[1] & {
  /** The sender is at another edge: the slow one has no neighbour in its rooms at its own. */
  alone?: boolean;
};

async function stage(t: Test, { alone = false, ...over }: Over = {}): Promise<Stage> {
  const { bus, signal, receipt } = busWithSignals();
  const edge = await startEdge(t, { ...settings, ...over }, bus);
  const [user, friend] = [newId<UserId>(), newId<UserId>()];
  const rooms = [newId<RoomId>(), newId<RoomId>()] as const;
  await edge.allow(user, ...rooms);
  await edge.allow(friend, ...rooms);
  const slow = await edge.greeted(friend);
  const elsewhere = alone ? await startEdge(t, settings, bus) : edge;
  const sender = await elsewhere.greeted(user);
  for (const client of [slow, sender]) for (const r of rooms) await client.next({ t: 'live', r });
  let i = 0;
  return {
    ...{ edge, rooms, slow, sender, signal, receipt },
    say: async (count) => {
      for (let n = 0; n < count; n++) {
        sender.send({ t: 'send', i: ++i, r: rooms[i % 2], c: clientId(), b: { text } });
      }
      await sender.next({ t: 'ok', i }, 20_000);
    },
    metric: async (name, labels = '') => {
      const line = (await edge.metrics()).split('\n').find((one) => one.startsWith(name) && one.includes(labels));
      return Number(line?.split(' ').at(-1) ?? 0);
    },
  };
}

const held = ({ metric }: Stage) => metric('gapless_edge_slow_total', 'step="held"');

/** Until the kernel takes no more and the edge holds events back. */
async function stall(stage: Stage): Promise<number> {
  stage.slow.socket.pause();
  let sent = 0;
  for (; (await held(stage)) === 0 && sent < most; sent += 20) await stage.say(20);
  return sent;
}

const eventsOf = (client: TestClient, room: RoomId): { s: number; p: number }[] =>
  client.frames.filter((frame) => frame['r'] === room && 'p' in frame) as unknown as { s: number; p: number }[];

const seqsOf = (client: TestClient, room: RoomId): number[] => eventsOf(client, room).map(({ s }) => s);

function expectChain(t: Test, client: TestClient, room: RoomId): void {
  const events = eventsOf(client, room);
  t.ok(
    events.every(({ p }, n) => n === 0 || p === events[n - 1]?.s),
    'an unbroken chain',
  );
}

const places = [
  [false, ''],
  [true, ', also where he is alone'],
] as const;

for (const [alone, where] of places) {
  t.test(`who does not read loses nothing, costs no more than his outbox, and disturbs nobody${where}`, async (t) => {
    const all = await stage(t, { alone, replayEvents: 10_000, replayBytes: 256 * kibibyte * kibibyte });
    const { edge, rooms, slow, sender, say, metric } = all;
    const sent = await stall(all);
    t.ok((await held(all)) === 1, `events are held back after ${sent} messages`);
    let waited = 0;
    for (let n = 0; n < 20; n++) {
      await say(20);
      waited = Math.max(waited, await metric('gapless_edge_buffered_bytes'));
    }
    t.ok(waited > 0 && waited <= outboxBytes, `${waited} bytes wait at most, ${outboxBytes} may`);
    t.equal(slow.socket.readyState, 1, 'it is not closed');
    t.equal(await metric('gapless_edge_slow_sockets'), 1);
    for (const room of rooms) expectChain(t, sender, room);
    t.equal(sender.frames.filter(({ t }) => t === 'msg').length, sent + 400, 'its neighbour has everything at once');

    slow.socket.resume();
    for (const room of rooms) {
      await until('the slow one to have all', () => seqsOf(slow, room).length >= seqsOf(sender, room).length);
      t.strictSame(seqsOf(slow, room), seqsOf(sender, room), 'every sequence once, in order');
      expectChain(t, slow, room);
    }
    await say(10);
    await until('it to be live again', () => seqsOf(slow, rooms[0]).at(-1) === seqsOf(sender, rooms[0]).at(-1));
    for (const room of rooms) expectChain(t, slow, room);
    t.equal(slow.frames.filter(({ t }) => t === 'live').length, 2, 'without a word');
    t.ok((await metric('gapless_edge_shed_total', 'what="event"')) >= 400, 'what came late is counted');
    t.equal(await metric('gapless_edge_drops_total'), 0);
    t.notMatch(await edge.metrics(), /gapless_edge_closes_total\{/, 'nobody was closed');
  });
}

for (const [alone, where] of places) {
  t.test(`signals are shed before anything else, and come again when the socket has drained${where}`, async (t) => {
    const all = await stage(t, { alone, replayEvents: 10_000, replayBytes: 256 * kibibyte * kibibyte });
    const { rooms, slow, sender, signal, receipt, say, metric } = all;
    signal(rooms[0], 1);
    for (const client of [slow, sender]) await client.next({ t: 'typing', n: 1 });
    slow.socket.pause();
    const muted = () => metric('gapless_edge_slow_total', 'step="muted"');
    let sent = 0;
    for (; (await muted()) === 0 && sent < most; sent += 2) await say(2);
    t.equal(await muted(), 1);
    t.equal(await held(all), 0, 'events still go out');
    signal(rooms[0], 2);
    await sender.next({ t: 'typing', n: 2 });
    const reader = newId<UserId>();
    for (const read of [5, 7, 6]) receipt(rooms[0], reader, read);
    t.equal(await metric('gapless_edge_shed_total', 'what="signal"'), 4);
    t.equal(await metric('gapless_edge_shed_total', 'what="event"'), 0);
    slow.socket.resume();
    await until('all to be heard again', async () => (await metric('gapless_edge_slow_sockets')) === 0);
    signal(rooms[0], 3);
    await slow.next({ t: 'typing', n: 3 });
    t.notOk(
      slow.frames.some((frame) => frame['n'] === 2),
      'what was shed does not come later',
    );
    t.strictSame(
      slow.frames.filter((frame) => frame.t === 'rcpt').map((frame) => frame['w']),
      [[[reader, 7, 7]]],
      'receipts do, the newest of each member',
    );
    t.strictSame(seqsOf(slow, rooms[0]), seqsOf(sender, rooms[0]));
  });
}

t.test('too much to catch up with is named, and the chain goes on behind it', async (t) => {
  const all = await stage(t, { replayEvents: 20 });
  const { rooms, slow, sender, say, metric } = all;
  await stall(all);
  await say(200);
  slow.socket.resume();
  for (const room of rooms) {
    const last = seqsOf(sender, room).at(-1) as number;
    const lag = (await slow.next({ t: 'lag', r: room }, 20_000)) as unknown as { from: number; to: number };
    await say(2);
    await until('live events', () => (seqsOf(slow, room).at(-1) ?? 0) > last);
    const named = seqsOf(sender, room).filter((s) => s >= lag.from && s <= lag.to);
    t.ok(named.length > 0);
    const held = [...seqsOf(slow, room), ...named].sort((a, b) => a - b);
    t.strictSame(held, seqsOf(sender, room).slice(0, held.length), 'sent or named, each once');
    const behind = eventsOf(slow, room).find(({ s }) => s > lag.to);
    t.ok((behind?.p ?? Number.NaN) <= lag.to, 'what follows goes on from there');
  }
  t.ok((await metric('gapless_edge_shed_total', 'what="range"')) >= 2);
});

t.test('a socket that takes nothing for long is closed as slow, and so is one beyond its outbox', async (t) => {
  const all = await stage(t, { stalledSocketMs: 1_000 });
  await stall(all);
  await until('its end', async () => /gapless_edge_closes_total\{code="4008"/.test(await all.edge.metrics()));
  t.equal(await all.metric('gapless_edge_sockets'), 1);

  const other = await stage(t);
  const { slow, rooms, metric } = other;
  await stall(other);
  // Who does not read but asks: answers are not held back.
  const closed = () => metric('gapless_edge_closes_total', 'code="4008"');
  for (let n = 0; (await closed()) === 0 && n < 2_000; n++) {
    for (let k = 0; k < 50; k++) slow.send({ t: 'join', rs: rooms, since: { [rooms[0]]: 0 } });
    for (let k = 0; k < 200; k++) slow.send({ t: 'ping', i: k });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  t.equal(await closed(), 1);
  t.equal(await metric('gapless_edge_sockets'), 1, 'the other one lives');
});
