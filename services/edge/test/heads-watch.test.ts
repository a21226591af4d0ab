import { createMemoryBus, type Heads, streamNames, streamOf } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { createDoubts } from '../src/doubts.ts';
import { watchHeads } from '../src/heads-watch.ts';
import { createSweep } from '../src/sweep.ts';
import { wait } from './start-edge.ts';

const room = newId<RoomId>();
const headsOf = (over: Partial<Heads> = {}): Heads => ({
  stream: 'ROOM_0',
  created: 'then',
  last: 9,
  durable: 9,
  bytes: 1,
  max: 2,
  w: [],
  ...over,
});

function watched() {
  const bus = createMemoryBus();
  const reached: [RoomId, number][] = [];
  const asked: string[] = [];
  let doubts = 0;
  const heard: string[] = [];
  let now = 0;
  let interrupt: () => void = () => undefined;
  const watch = watchHeads({
    bus: {
      ...bus,
      interruptions: (listener) => {
        interrupt = listener;
        return { stop: () => undefined };
      },
    },
    hub: { reach: (id, seq) => void reached.push([id, seq]) },
    sweep: { ask: (stream) => void asked.push(stream ?? 'all') },
    doubts: { begin: () => void doubts++, heard: ({ stream, age }) => heard.push(`${stream} ${age}`) === 0 },
    clock: { now: () => now },
  });
  return {
    bus,
    reached,
    watch,
    asked,
    sweeps: () => asked.length,
    doubts: () => doubts,
    heard,
    pass: (ms: number) => {
      now += ms;
    },
    interrupt: () => interrupt(),
  };
}

t.test('rooms that went quiet are compared with what they came to', async (t) => {
  const { bus, reached, watch, sweeps, heard } = watched();
  bus.heads.publish(headsOf({ w: [[room, 7]], age: 200 }));
  bus.heads.publish(headsOf({ stream: 'OTHER', w: [] }));
  t.strictSame(reached, [[room, 7]]);
  t.strictSame(heard, ['ROOM_0 200'], 'doubts hear how much of the log they tell of');
  t.equal(sweeps(), 0);
  watch.stop();
  bus.heads.publish(headsOf({ w: [[room, 9]] }));
  t.equal(reached.length, 1);
});

t.test('a reconnect, another stream and silence each call for a sweep', async (t) => {
  const { bus, watch, sweeps, doubts, heard, pass, interrupt } = watched();
  interrupt();
  t.same([sweeps(), doubts()], [1, 1], 'at once');
  await until('and once more a moment later', () => sweeps() === 2, 2_000);
  t.equal(doubts(), 2, 'what was lost in between may be shown by that one only');
  bus.heads.publish(headsOf());
  bus.heads.publish(headsOf({ created: 'now' }));
  t.same([sweeps(), doubts(), heard.length], [3, 3, 2]);
  await until('and once more', () => sweeps() === 4, 2_000);
  pass(2_000);
  await wait(600);
  t.equal(sweeps(), 4, 'two seconds are no silence');
  pass(2_100);
  await until('a sweep for the silence', () => sweeps() === 5, 2_000);
  await wait(600);
  t.equal(sweeps(), 5, 'one for each');
  watch.stop();
});

t.test(
  'a sweep asks for a thousand rooms at a time, again while the log is away, and once more when asked meanwhile',
  async (t) => {
    const rooms = Array.from({ length: 1_500 }, () => newId<RoomId>());
    const asked: number[] = [];
    const reached = new Set<RoomId>();
    let underWay = 0;
    let failures = 1;
    const sweep = createSweep({
      hub: { followed: () => rooms, compared: (id) => void reached.add(id) },
      streams: { names: ['ROOM_0'] },
      log: {
        heads: async (some) => {
          t.equal(underWay++, 0, 'one in flight a stream');
          asked.push(some.length);
          await wait(5);
          underWay--;
          if (failures-- > 0) throw new Failure('log_unavailable');
          return new Map(some.map((one) => [one, 5]));
        },
      },
    });
    for (let n = 0; n < 10; n++) sweep.ask();
    await until('all rooms to be compared', () => reached.size === 1_500);
    await until('the second round', () => asked.length === 5);
    await wait(150);
    t.strictSame(asked, [1_000, 1_000, 500, 1_000, 500]);
    sweep.stop();
  },
);

t.test('a log worker that starts anew does not know what went quiet before: a sweep does', async (t) => {
  const { bus, watch, sweeps, asked } = watched();
  bus.heads.publish(headsOf({ by: 'one' }));
  bus.heads.publish(headsOf({ by: 'one' }));
  t.equal(sweeps(), 1, 'the first one that an edge hears may have started later than the edge');
  bus.heads.publish(headsOf({ by: 'its successor' }));
  t.equal(sweeps(), 2);
  for (const by of ['one', 'its successor', 'one']) bus.heads.publish(headsOf({ by }));
  t.equal(sweeps(), 2, 'two side by side are two known ones');
  t.same(asked, ['ROOM_0', 'ROOM_0'], 'of that stream only');
  watch.stop();
});

t.test('a stream that is away keeps the rooms of no other one from being compared', async (t) => {
  const streams = streamNames(2);
  const inStream = (stream: string | undefined): RoomId => {
    for (;;) {
      const one = newId<RoomId>();
      if (streamOf(one, streams.length) === stream) return one;
    }
  };
  const [stuck, healthy] = streams.map(inStream) as [RoomId, RoomId];
  const compared: RoomId[] = [];
  const sweep = createSweep({
    hub: { followed: () => [stuck, healthy], compared: (id) => void compared.push(id) },
    streams: { names: streams },
    log: { heads: (some) => (some.includes(stuck) ? new Promise(() => undefined) : Promise.resolve(new Map())) },
  });
  sweep.ask();
  await until('the healthy one', () => compared.length === 1);
  sweep.ask();
  await until('it to be compared once more', () => compared.length === 2);
  sweep.ask(streams[0]);
  sweep.ask(streams[1]);
  await until('it to be compared alone', () => compared.length === 3);
  t.notOk(compared.includes(stuck));
  sweep.stop();
});

t.test('a doubt that a silence began ends without anybody who comes back', async (t) => {
  const bus = createMemoryBus();
  const state = { now: 0, comparedAt: 0 };
  let asked = 0;
  const hub = {
    ...{ cursor: () => 5, told: () => 5, reach: () => undefined, followed: () => [room] },
    comparedAt: () => state.comparedAt,
    compared: (_room: RoomId, _seq: number) => {
      state.comparedAt = state.now;
    },
  };
  const log = {
    heads: async () => {
      asked++;
      return new Map([[room, 5]]);
    },
  };
  const clock = { now: () => state.now };
  const doubts = createDoubts({
    hub,
    ends: { compare: () => t.fail('a replay') as never },
    streams: bus.streams,
    heardUpTo: clock.now,
    clock,
  });
  const sweep = createSweep({ hub, streams: bus.streams, log });
  const watch = watchHeads({ bus, hub, sweep, doubts, clock });
  for (const ms of [500, 1_000]) {
    state.now = ms;
    bus.heads.publish(headsOf());
  }
  t.equal(asked, 0);
  state.now = 2_500;
  bus.heads.publish(headsOf());
  t.ok(doubts.mayLack(room));
  await until('its end', () => !doubts.mayLack(room));
  t.equal(asked, 1);
  watch.stop();
  sweep.stop();
});
