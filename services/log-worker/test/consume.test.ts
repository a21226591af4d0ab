import { bucketOf, createMemoryBus } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { createMetrics, silentLogger } from '@gapless/shared/runtime';
import { newId, type RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { type ConsumeDeps, createConsume } from '../src/consume.ts';
import type { DeadLetter } from '../src/dead-letters.ts';
import { createEventWriter } from '../src/event-writer.ts';
import { type MessageStore, NumberReused } from '../src/message-store.ts';
import { Deposed, type StreamLease } from '../src/stream-lease.ts';
import { createWorkerMetrics } from '../src/worker-metrics.ts';
import { logged, message, room } from './events.ts';

const none: ReadonlySet<number> = new Set();

function harness(
  over: Partial<MessageStore> = {},
  options: { advance?: (seq: number) => Promise<void>; settings?: Partial<ConsumeDeps['settings']> } = {},
) {
  const bus = createMemoryBus();
  const written: number[] = [];
  const watermarks: number[] = [];
  const letters: DeadLetter[] = [];
  const lasts: number[] = [];
  const metrics = createMetrics('log-worker');
  const store: MessageStore = {
    prepare: async () => undefined,
    write: async (rows) => {
      written.push(...rows.map((row) => row.s));
      return { duplicates: new Map(), refused: none };
    },
    fold: async () => ({ orphans: none, refused: none }),
    hide: async () => undefined,
    noteLast: async (messages) => void lasts.push(...messages.map((last) => last.s)),
    ...over,
  };
  const consume = createConsume({
    streams: bus.streams,
    prepare: store.prepare,
    write: createEventWriter({
      store,
      derived: [],
      deadLetters: { put: async (_, more) => void letters.push(...more) },
    }),
    // Long enough for a batch to be full on whatever machine; the end of the range cuts it short.
    settings: { batchEvents: 4, batchWaitMs: 500, writeLanes: 4, ...options.settings },
    persisted: () => undefined,
    metrics: createWorkerMetrics(metrics),
    logger: silentLogger(),
  });
  const nothing = async () => undefined;
  const lease: StreamLease = {
    stream: 'ROOM_0',
    epoch: 1,
    renew: nothing,
    position: async () => 0,
    noteHole: nothing,
    advance: options.advance ?? (async (seq) => void watermarks.push(seq)),
    distrust: nothing,
    trust: nothing,
    searched: async () => 0,
    moveSearched: nothing,
    release: nothing,
  };
  const appendTo = (r: RoomId, n: number) =>
    bus.log.append({ room: r, id: `${r}:${n}`, lane: 'a', bytes: logged(n, message(n, `text ${n}`, r)).bytes });
  const append = async (count: number) => {
    for (let n = 1; n <= count; n++) await appendTo(room, n);
  };
  return { bus, written, watermarks, letters, lasts, metrics, consume, lease, append, appendTo };
}

t.test('writes from a number on, moves the watermark behind each batch, notes the newest of a room', async (t) => {
  const { consume, lease, append, written, watermarks, lasts } = harness();
  await append(10);
  await consume(lease, { from: 3, upTo: 10 }, new AbortController().signal);
  t.same(written, [3, 4, 5, 6, 7, 8, 9, 10]);
  t.equal(watermarks.at(-1), 10);
  t.equal(lasts.at(-1), 10);
});

t.test('what can never be written is kept apart and blocks nobody', async (t) => {
  const { consume, lease, append, bus, written, watermarks, letters, metrics } = harness();
  await append(1);
  await bus.log.append({ room, id: 'bad', lane: 'a', bytes: new TextEncoder().encode('{"v":') });
  await bus.log.append({ room, id: 'good', lane: 'a', bytes: logged(3, message(3)).bytes });
  await consume(lease, { from: 1, upTo: 3 }, new AbortController().signal);
  t.same(written, [1, 3]);
  t.equal(watermarks.at(-1), 3);
  t.same(
    letters.map(({ event, reason }) => [event.seq, reason]),
    [[2, 'not_json']],
  );
  t.match(await metrics.text(), /gapless_dead_letters_total\{reason="not_json",service="log-worker"\} 1/);
});

t.test('while MongoDB is away the same batch is tried again, and nothing is skipped', async (t) => {
  let attempts = 0;
  const stored: number[][] = [];
  const { consume, lease, append, watermarks } = harness({
    write: async (rows) => {
      if (++attempts < 3) throw new Failure('store_unavailable');
      stored.push(rows.map((row) => row.s));
      return { duplicates: new Map(), refused: none };
    },
  });
  await append(8);
  await consume(lease, { from: 1, upTo: 8 }, new AbortController().signal);
  t.same(stored, [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ]);
  t.equal(watermarks.at(-1), 8);
});

t.test('a number that belongs to another event stops it without moving the watermark', async (t) => {
  const { consume, lease, append, watermarks } = harness({
    write: async () => {
      throw new NumberReused('x');
    },
  });
  await append(3);
  await t.rejects(consume(lease, { from: 1 }, new AbortController().signal), { name: 'NumberReused' });
  t.same(watermarks, []);
});

t.test('whoever was deposed stops at the next watermark', async (t) => {
  const advance = async () => {
    throw new Deposed('ROOM_0');
  };
  const { consume, lease, append } = harness({}, { advance });
  await append(3);
  await t.rejects(consume(lease, { from: 1 }, new AbortController().signal), { name: 'Deposed' });
});

t.test('ends when told to, also while it waits for MongoDB', async (t) => {
  let attempts = 0;
  const { consume, lease, append } = harness({
    write: async () => {
      attempts++;
      throw new Failure('store_unavailable');
    },
  });
  const stopped = new AbortController();
  await append(3);
  const running = consume(lease, { from: 1 }, stopped.signal);
  await until('it has tried', () => attempts > 0);
  stopped.abort();
  await running;
  t.pass();
});

t.test('a change whose message is not there is tried again, then set aside, and blocks nobody', async (t) => {
  let tries = 0;
  const { consume, lease, bus, letters, watermarks } = harness({
    fold: async (rows) => {
      const orphans = rows.filter(({ k }) => k === 'del').map(({ s }) => s);
      if (orphans.length > 0) tries++;
      return { orphans: new Set(orphans), refused: none };
    },
  });
  await bus.log.append({ room, id: '1', lane: 'a', bytes: logged(1, message(1)).bytes });
  const orphan = { ...message(2), t: 'del', m: 1, b: undefined };
  await bus.log.append({ room, id: '2', lane: 'a', bytes: logged(2, orphan).bytes });
  await bus.log.append({ room, id: '3', lane: 'a', bytes: logged(3, message(3)).bytes });
  await consume(lease, { from: 1, upTo: 3 }, new AbortController().signal);
  t.equal(tries, 6);
  t.same(
    letters.map(({ event, reason }) => [event.seq, reason]),
    [[2, 'no_target']],
  );
  t.equal(watermarks.at(-1), 3);
});

t.test('an edit that overtook its message is folded as soon as that is there', async (t) => {
  let tries = 0;
  const { consume, lease, append, letters, watermarks } = harness({
    fold: async () => ({ orphans: new Set(++tries < 3 ? [1] : []), refused: none }),
  });
  await append(1);
  await consume(lease, { from: 1, upTo: 1 }, new AbortController().signal);
  t.same([tries, letters, watermarks], [3, [], [1]]);
});

function roomInLane(lane: number): RoomId {
  for (;;) {
    const candidate = newId<RoomId>();
    if (bucketOf(candidate) % 4 === lane) return candidate;
  }
}

t.test(
  'a lane that cannot write holds up its own rooms only, and the watermark stays below what it holds',
  async (t) => {
    const [stuck, free] = [roomInLane(0), roomInLane(1)];
    let away = true;
    const order: string[] = [];
    const { consume, lease, appendTo, watermarks } = harness({
      write: async (rows) => {
        if (away && rows.some(({ r }) => r === stuck)) throw new Failure('store_unavailable');
        order.push(...rows.map(({ r, s }) => `${r === stuck ? 'stuck' : 'free'} ${s}`));
        return { duplicates: new Map(), refused: none };
      },
    });
    for (let n = 1; n <= 9; n++) await appendTo(n % 3 === 0 ? stuck : free, n);
    const running = consume(lease, { from: 1, upTo: 9 }, new AbortController().signal);
    await until('the free room is written', () => order.includes('free 8'));
    await until('the watermark is below the first one that is held', () => watermarks.at(-1) === 2);
    away = false;
    await running;
    t.equal(watermarks.at(-1), 9);
    t.same(
      watermarks,
      watermarks.toSorted((a, b) => a - b),
    );
    for (const room of ['stuck', 'free']) {
      const seqs = order.filter((line) => line.startsWith(room)).map((line) => Number(line.split(' ')[1]));
      t.same(
        seqs,
        seqs.toSorted((a, b) => a - b),
        `${room} in order`,
      );
    }
  },
);

t.test('as many writes are under way at once as there are lanes, and no more', async (t) => {
  let now = 0;
  let most = 0;
  let together: () => void = () => undefined;
  const allLanes = new Promise<void>((resolve) => {
    together = resolve;
  });
  const { consume, lease, appendTo } = harness({
    write: async () => {
      most = Math.max(most, ++now);
      if (now === 4) together();
      await allLanes;
      await new Promise((resolve) => setTimeout(resolve, 5));
      now--;
      return { duplicates: new Map(), refused: none };
    },
  });
  for (let n = 1; n <= 80; n++) await appendTo(roomInLane(n % 4), n);
  await consume(lease, { from: 1, upTo: 80 }, new AbortController().signal);
  t.equal(most, 4);
});

t.test('reading waits when too much is held', async (t) => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { consume, lease, append, metrics, written } = harness(
    {
      write: async (rows) => {
        await opened;
        written.push(...rows.map(({ s }) => s));
        return { duplicates: new Map(), refused: none };
      },
    },
    { settings: { batchEvents: 2, writeLanes: 2 } },
  );
  await append(50);
  const running = consume(lease, { from: 1, upTo: 50 }, new AbortController().signal);
  const held = async () => Number(/in_flight_events\{[^}]*\} (\d+)/.exec(await metrics.text())?.[1] ?? 0);
  await until('it holds what it may', async () => (await held()) === 8);
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.equal(await held(), 8);
  open();
  await running;
  t.equal(written.length, 50);
  t.equal(await held(), 0);
});

t.test('what a rule of the database refuses is set aside, and the rest of its batch is written', async (t) => {
  const { consume, lease, append, letters, watermarks, lasts } = harness({
    write: async () => ({ duplicates: new Map(), refused: new Set([4]) }),
  });
  await append(4);
  await consume(lease, { from: 1, upTo: 4 }, new AbortController().signal);
  t.same(
    letters.map(({ event, reason }) => [event.seq, reason]),
    [[4, 'refused']],
  );
  t.same([watermarks.at(-1), lasts.at(-1)], [4, 3]);
});
