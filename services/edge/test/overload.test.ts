import { setImmediate as settled } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { watchBus } from '../src/bus-delay.ts';
import { createLoadGate } from '../src/load-gate.ts';
import { watchLoop } from '../src/loop-delay.ts';
import { fakeIntervals } from './fake-intervals.ts';

const overloadDelayMs = 250;

/** The gate with what feeds it. What an edge may deliver waits on its connection, and the answers to its pings behind that. */
function anEdge(t: Test, perSecond = 1_000) {
  const { clock, turn } = fakeIntervals(t);
  const gate = createLoadGate({ overloadDelayMs, clock, random: () => 0.5 });
  const bus = { wayMs: 2, storesInMs: 2, isPaused: false };
  let [given, handled] = [0, 0];
  let storing: { readonly at: number }[] = [];
  let pings: { readonly place: number; readonly at: number; answer(): void; fail(): void }[] = [];
  const ping = () =>
    new Promise<void>((answer, fail) => {
      pings.push({ place: given, at: clock.now() + bus.wayMs, answer, fail: () => fail(new Error('away')) });
    });
  const loop = watchLoop(gate, clock);
  const connection = watchBus({ ping, takeMeanWait: () => undefined }, gate, clock);
  loop.start();
  connection.start();
  t.teardown(() => {
    loop.stop();
    connection.stop();
  });

  const work = (ms: number): void => {
    if (bus.isPaused) return;
    const now = clock.now();
    given += storing.filter(({ at }) => at <= now).length;
    storing = storing.filter(({ at }) => at > now);
    const done = Math.min(given - handled, (perSecond * ms) / 1_000);
    for (let n = Math.floor(handled); n < Math.floor(handled + done); n++) gate.done();
    handled += done;
    for (const { place, at, answer } of pings) if (place <= handled && at <= now) answer();
    pings = pings.filter(({ place, at }) => place > handled || at > now);
  };

  return {
    gate,
    bus,
    clock,
    connection,
    reconnect: () => {
      for (const { fail } of pings) fail();
      pings = [];
    },
    /** Offers that many a second for so long, in turns of `turnMs`. */
    run: async (seconds: number, offeredPerSecond: number, turnMs = 5) => {
      const seen = { refused: 0, longestMs: 0, perSecond: handled };
      let offered = 0;
      for (let ms = turnMs; ms <= seconds * 1_000; ms += turnMs) {
        for (; offered < (ms / 1_000) * offeredPerSecond; offered++) {
          if (gate.take() > 0) seen.refused++;
          else storing.push({ at: clock.now() + bus.storesInMs });
        }
        turn(turnMs);
        work(turnMs);
        seen.longestMs = Math.max(seen.longestMs, ((given - handled) / perSecond) * 1_000);
        await settled();
      }
      return { ...seen, perSecond: (handled - seen.perSecond) / seconds };
    },
  };
}

t.test('a fifth too much for three minutes: the queue stays short, and is never taken for the usual', async (t) => {
  const edge = anEdge(t);
  t.equal((await edge.run(5, 800)).refused, 0);
  await edge.run(10, 1_200);
  for (let minute = 1; minute <= 3; minute++) {
    const { refused, perSecond, longestMs } = await edge.run(60, 1_200);
    t.ok(refused > 60 * 150, `minute ${minute}: ${refused} refused`);
    t.ok(perSecond >= 900, `minute ${minute}: ${perSecond} a second`);
    t.ok(longestMs <= 2 * overloadDelayMs, `minute ${minute}: what is taken waits ${longestMs} ms`);
  }
  await edge.run(5, 700);
  t.equal((await edge.run(5, 700)).refused, 0);
  t.equal(edge.gate.isStrained, false);
});

t.test('an edge that starts into too much comes down to what it can', async (t) => {
  const edge = anEdge(t);
  await edge.run(20, 3_000);
  const { longestMs, perSecond } = await edge.run(20, 3_000);
  t.ok(longestMs <= 3 * overloadDelayMs, `what is taken waits ${longestMs} ms`);
  t.ok(perSecond >= 900, `${perSecond} a second`);
});

t.test('a log that takes longer, for a while or for good, is no queue of the edge', async (t) => {
  const edge = anEdge(t);
  for (const ms of [2, 300, 2_000, 300, 4_000, 2]) {
    edge.bus.storesInMs = ms;
    t.equal((await edge.run(30, 500)).refused, 0, `${ms} ms an event`);
  }
  t.equal(edge.gate.isStrained, false);
});

t.test('a bus that stands still now and then, or comes back further away, refuses nobody', async (t) => {
  const edge = anEdge(t);
  for (let n = 0; n < 5; n++) {
    edge.bus.isPaused = true;
    t.equal((await edge.run(4, 40)).refused, 0);
    edge.bus.isPaused = false;
    t.equal((await edge.run(6, 40)).refused, 0);
  }
  edge.reconnect();
  edge.bus.wayMs = 400;
  t.equal((await edge.run(30, 500)).refused, 0);
});

t.test(
  'an edge has heard as far as its answers say: behind a queue, a pause or a lost connection no further',
  async (t) => {
    const edge = anEdge(t);
    const late = (): number => edge.clock.now() - edge.connection.heardUpTo();
    t.equal(late(), Number.POSITIVE_INFINITY);
    await edge.run(1, 500);
    t.ok(late() <= 60, `${late()} ms late`);
    edge.bus.isPaused = true;
    await edge.run(1, 500);
    t.ok(late() >= 1_000, `${late()} ms late, paused for a second`);
    edge.bus.isPaused = false;
    await edge.run(5, 500);
    t.ok(late() <= 60, `${late()} ms late`);
    await edge.run(1, 3_000);
    t.ok(late() >= 200, `${late()} ms late, with more to read than it can`);
    edge.reconnect();
    await edge.run(5, 500);
    t.ok(late() <= 60, `${late()} ms late`);
  },
);

t.test(
  'turns of any length are seen, where they are too long no socket is taken, and one of them is a pause',
  async (t) => {
    const { clock, turn } = fakeIntervals(t);
    const gate = createLoadGate({ overloadDelayMs, clock });
    const loop = watchLoop(gate, clock);
    loop.start();
    t.teardown(loop.stop);
    const run = (count: number, turnMs: number) => {
      for (let n = 0; n < count; n++) {
        for (let offered = 0; offered < turnMs / 5; offered++) if (gate.take() === 0) gate.done();
        turn(turnMs);
      }
    };
    for (const turnMs of [450, 500, 600, 900, 1_500, 3_000]) {
      run(1, turnMs);
      run(100, 25);
      t.equal(gate.isStrained || gate.isClosed, false, `one turn of ${turnMs} ms`);
      run(8, turnMs);
      t.equal(gate.delayMs, turnMs - 25);
      t.equal(gate.isStrained, true, `turns of ${turnMs} ms`);
      t.equal(gate.isClosed, turnMs > 4 * overloadDelayMs, `sockets, in turns of ${turnMs} ms`);
      run(800, 25);
      t.equal(gate.isStrained || gate.isClosed, false, 'it comes to rest');
    }
  },
);
