import { until } from '@gapless/shared/testing';
import t from 'tap';
import { type Fate, randomFates, type Script } from './faulty-live.ts';
import {
  chainFaults,
  deleteOne,
  eventsOf,
  portOf,
  type Someone,
  say,
  sayOne,
  startFaultySystem,
} from './faulty-system.ts';

const seed = 20_261_121;
/** What becomes of live messages now. */
let script: Script = () => 'pass';
const faulty = await startFaultySystem(t, (room, seq) => script(room, seq));
const [owner, other] = faulty.people as [Someone, Someone];
const wholeEdge = portOf(faulty.system.edges[0]?.url ?? '');
const senderOn = () => faulty.client(owner, { rooms: 'none' }, wholeEdge);

const reached = (client: Parameters<typeof eventsOf>[0], room: Parameters<typeof eventsOf>[1], seq: number) => () =>
  (eventsOf(client, room).at(-1)?.s ?? 0) >= seq;

t.test('live messages that are lost, doubled, swapped and delayed: every client has each once, in order', async (t) => {
  script = randomFates(seed, 0.5);
  const rooms = await Promise.all([faulty.room(), faulty.room(), faulty.room()]);
  const readers = await Promise.all([owner, other, other].map((person) => faulty.client(person)));
  const sender = await senderOn();
  for (const reader of readers) for (const room of rooms) await reader.next({ t: 'live', r: room });
  const sent = await Promise.all(rooms.map((room) => say(sender, room, 300)));
  for (const [n, room] of rooms.entries()) {
    const seqs = sent[n] as number[];
    for (const reader of readers) {
      await until('the last message', reached(reader, room, seqs.at(-1) as number), 10_000);
      const events = eventsOf(reader, room);
      t.strictSame(
        events.map(({ s }) => s),
        seqs,
        `seed ${seed}: each once, in the order of the log`,
      );
      t.strictSame(chainFaults(events), [], 'in an unbroken chain');
    }
  }
  t.match(await faulty.metrics(), /gapless_edge_skipped_total\{[^}]*why="gap"[^}]*\} [1-9]/, 'there were holes');
});

t.test(
  'the last message of a room is lost on its live way, nothing follows: within 3 s every client has it',
  async (t) => {
    let fate: Fate = 'pass';
    script = () => fate;
    const [owner, other] = faulty.people;
    if (owner === undefined || other === undefined) throw new Error('nobody there');
    const room = await faulty.room();
    const readers = await Promise.all([owner, other, other].map((person) => faulty.client(person)));
    for (const reader of readers) await reader.next({ t: 'live', r: room });
    const sender = await senderOn();
    const [first] = await say(sender, room, 1);
    for (const reader of readers) await until('the first one', reached(reader, room, first as number));
    for (let round = 0; round < 3; round++) {
      fate = 'drop';
      const seq = await sayOne(sender, room);
      const began = Date.now();
      await Promise.all(readers.map((reader) => until('the lost one', reached(reader, room, seq), 3_000)));
      t.ok(Date.now() - began <= 3_000, `${Date.now() - began} ms`);
      fate = 'pass';
    }
    for (const reader of readers) t.strictSame(chainFaults(eventsOf(reader, room)), []);
  },
);

t.test(
  'the log worker is away as well: no replay shows what was deleted, and a sweep finds the lost tail',
  async (t) => {
    let fate: Fate = 'pass';
    script = () => fate;
    const room = await faulty.room();
    const reader = await faulty.client(owner);
    await reader.next({ t: 'live', r: room });
    const sender = await senderOn();
    const secret = await sayOne(sender, room);
    await until('the secret', reached(reader, room, secret));
    await faulty.system.workers[0]?.kill9();
    const killedAt = Date.now();
    fate = 'drop';
    const seq = await deleteOne(sender, room, secret);
    await until('the heads to be missed', () => Date.now() - killedAt > 1_300);
    const late = await faulty.client(other, { since: { [room]: secret - 1 } });
    await late.next({ t: 'live', r: room });
    t.match(
      late.frames.filter(({ s }) => s === secret),
      [{ t: 'msg', del: 1, b: { text: '' } }],
      'the deletion is known',
    );
    t.match(eventsOf(late, room).at(-1), { t: 'del', s: seq });
    await until('the lost one', reached(reader, room, seq), 10_000);
    t.strictSame(chainFaults(eventsOf(reader, room)), []);
    await faulty.system.workers[0]?.start();
  },
);

t.test('NATS restarts under traffic: clients that stay connected miss nothing', async (t) => {
  script = randomFates(seed + 1, 0.1);
  const room = await faulty.room();
  const readers = [await faulty.client(owner), await faulty.client(other), await faulty.client(other, {}, wholeEdge)];
  for (const reader of readers) await reader.next({ t: 'live', r: room });
  const sender = await senderOn();
  const sending = say(sender, room, 1_500, 30);
  await until('traffic', () => eventsOf(readers[0] as (typeof readers)[0], room).length > 200);
  await faulty.system.nats.kill9();
  await faulty.system.nats.start();
  const seqs = await sending;
  for (const reader of readers) {
    await until('the last message', reached(reader, room, seqs.at(-1) as number), 15_000);
    const events = eventsOf(reader, room);
    t.strictSame(
      events.map(({ s }) => s).filter((s) => seqs.includes(s)),
      seqs,
      'each acknowledged one once',
    );
    t.strictSame(chainFaults(events), [], 'in an unbroken chain');
    t.equal(reader.socket.readyState, 1, 'on the same connection');
  }
});
