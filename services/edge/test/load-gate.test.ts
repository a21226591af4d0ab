import t from 'tap';
import { createLoadGate, windowMs } from '../src/load-gate.ts';

const overloadDelayMs = 250;
const tickMs = 25;
/** What the bus holds before it says `busy` itself. */
const mostQueued = 3_000;

/** An edge that finishes so many a second, whatever is taken: the rest queues, and everything behind it waits as long. */
function anEdge({ perSecond = 1_000, random = () => 0.5 }: { perSecond?: number; random?: () => number } = {}) {
  let now = 1_000_000;
  let queued = 0;
  const gate = createLoadGate({ overloadDelayMs, clock: { now: () => now }, random });
  const seen = { longestMs: 0, done: 0, retries: [] as number[] };

  const tick = (offered: number, stallMs: number): void => {
    now += tickMs + stallMs;
    for (let n = 0; n < offered; n++) {
      const retryMs = gate.take();
      if (retryMs > 0) seen.retries.push(retryMs);
      else queued = Math.min(mostQueued, queued + 1);
    }
    const done = Math.min(queued, (perSecond * tickMs) / 1_000);
    queued -= done;
    seen.done += done;
    const waitMs = (queued / perSecond) * 1_000;
    seen.longestMs = Math.max(seen.longestMs, waitMs);
    for (let n = 0; n < Math.round(done); n++) gate.done();
    if (done > 0) gate.answered(waitMs);
    gate.turned(Math.min(waitMs, 300) + stallMs);
  };

  return {
    gate,
    seen,
    /** Offers that many a second for a time; `stalls` tells by how much a tick comes later than that. */
    run: (seconds: number, offeredPerSecond: number, stalls: (tick: number) => number = () => 0) => {
      seen.retries = [];
      [seen.done, seen.longestMs] = [0, 0];
      for (let n = 1; n <= (seconds * 1_000) / tickMs; n++) {
        tick((offeredPerSecond * tickMs) / 1_000, stalls(n));
        if (n % (windowMs / tickMs) === 0) gate.look();
      }
      return { perSecond: seen.done / seconds, refused: seen.retries.length, longestMs: seen.longestMs };
    },
  };
}

t.test('nobody is refused while nothing queues, at whatever rate', async (t) => {
  const edge = anEdge({ perSecond: 100_000 });
  for (const rate of [1, 1_000, 40_000, 100_000, 40]) t.equal(edge.run(10, rate).refused, 0);
  t.equal(edge.gate.isStrained, false);
});

t.test('a burst, a pause of the process, and a bus that was away refuse nobody', async (t) => {
  const edge = anEdge();
  edge.run(3, 400);
  t.equal(edge.run(0.05, 10_000).refused, 0, 'half a second of work at once');
  t.equal(edge.run(5, 400).refused, 0);
  t.equal(edge.run(10, 400, (n) => (n % 100 === 0 ? 900 : 0)).refused, 0, 'now and then it stands still');
  for (let n = 0; n < 80; n++) edge.gate.answered(4_000);
  edge.gate.look();
  t.equal(edge.run(5, 400).refused, 0, 'everything that waited for it came at once');
});

t.test('an edge of which little is wanted refuses nobody, however late the machine lets it be', async (t) => {
  const edge = anEdge();
  for (const rate of [0, 10, 40]) {
    edge.run(10, rate, () => 400);
    t.equal(edge.gate.isStrained, false);
    t.equal(edge.run(0.05, 2_000).refused, 0, 'a burst all the same');
    edge.run(3, rate);
  }
});

t.test('twice of what it can: most of it is done all the time, and what is taken soon waits no longer', async (t) => {
  const edge = anEdge();
  edge.run(3, 800);
  t.ok(edge.run(5, 2_000).perSecond >= 950, 'it never idles while the queue is shed');
  const { perSecond, longestMs, refused } = edge.run(25, 2_000);
  t.ok(perSecond >= 900, `${perSecond} a second`);
  t.ok(longestMs <= 2 * overloadDelayMs, `what is taken waits ${longestMs} ms`);
  t.ok(refused > 0);
  t.equal(edge.gate.isStrained, true);
});

t.test('what waits to be sent to the log is a queue of the edge, and keeps no socket out', async (t) => {
  const edge = anEdge();
  const waits = (): number => {
    edge.gate.waited(1_200);
    return 0;
  };
  edge.run(3, 900);
  edge.run(2, 900, waits);
  t.ok(edge.run(3, 900, waits).perSecond < 600, 'it is worked off');
  t.equal(edge.gate.delayMs, 1_200);
  t.equal(edge.gate.isClosed, false);
  edge.run(5, 700);
  t.equal(edge.run(3, 700).refused, 0);
});

t.test('ten times of what it can is no worse than twice', async (t) => {
  const edge = anEdge();
  edge.run(15, 10_000);
  const { perSecond, longestMs } = edge.run(15, 10_000);
  t.ok(perSecond >= 900, `${perSecond} a second`);
  t.ok(longestMs <= 2 * overloadDelayMs, `what is taken waits ${longestMs} ms`);
});

t.test('when the load is gone everybody is served again within seconds, and without a limit', async (t) => {
  const edge = anEdge();
  edge.run(20, 3_000);
  edge.run(3, 700);
  t.equal(edge.run(2, 700).refused, 0);
  t.equal(edge.gate.isStrained, false);
  t.equal(edge.gate.isClosed, false);
});

t.test('a limit is lifted below the bound, though not everything comes at once', async (t) => {
  const edge = anEdge();
  for (const delayMs of [130, 240]) {
    edge.run(10, 3_000);
    t.equal(edge.gate.isStrained, true);
    let refused = 0;
    for (let second = 0; second < 30; second++) {
      refused = edge.run(1, 900, () => delayMs).refused;
    }
    t.equal(refused, 0, `always ${delayMs} ms late`);
    t.equal(edge.gate.isStrained, false);
  }
});

t.test('who is refused comes back later the more are refused, and not all at once', async (t) => {
  let turn = 0;
  const edge = anEdge({ random: () => (turn++ % 100) / 100 });
  edge.run(10, 1_500);
  const retries = edge.seen.retries.slice(-200);
  const [least, most] = [Math.min(...retries), Math.max(...retries)];
  t.ok(least >= 500 && most > least + 500, `${least} to ${most} ms`);
  edge.run(20, 8_000);
  const later = edge.seen.retries.slice(-200);
  t.ok(Math.min(...later) > 2_000, 'seven of eight are refused');
  t.ok(Math.max(...later) <= 13_500);
});

t.test(
  'sockets are refused only where taking less does not help, and taken again before all queues are gone',
  async (t) => {
    const edge = anEdge();
    edge.run(20, 1_900);
    t.equal(edge.gate.isClosed, false);
    for (let n = 0; n < 3; n++) {
      for (let turn = 0; turn < 3; turn++) edge.gate.turned(1_200);
      edge.gate.look();
    }
    t.equal(edge.gate.isClosed, true);
    for (let turn = 0; turn < 3; turn++) edge.gate.turned(overloadDelayMs - 1);
    edge.gate.look();
    t.equal(edge.gate.isClosed, false);
  },
);

t.test('whatever came before, it comes to rest', async (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    let state = seed;
    const random = (): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state / 2 ** 31;
    };
    const edge = anEdge({ perSecond: 100 + Math.floor(random() * 2_000), random });
    for (let n = 0; n < 20; n++) {
      edge.run(random() * 6, random() ** 3 * 20_000, () => (random() < 0.05 ? random() * 3_000 : 0));
    }
    edge.run(60, 20);
    t.equal(edge.run(10, 20).refused, 0, `seed ${seed}`);
    t.equal(edge.gate.isStrained || edge.gate.isClosed, false, `seed ${seed}`);
    t.equal(edge.gate.delayMs < overloadDelayMs, true, `seed ${seed}`);
  }
});
