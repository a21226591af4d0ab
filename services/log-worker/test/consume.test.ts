import { createMemoryBus } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { createMetrics, silentLogger } from '@gapless/shared/runtime';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { type ConsumeDeps, createConsume } from '../src/consume.ts';
import type { DeadLetter } from '../src/dead-letters.ts';
import { NumberReused } from '../src/message-store.ts';
import { Deposed, type StreamLease } from '../src/stream-lease.ts';
import { createWorkerMetrics } from '../src/worker-metrics.ts';
import { logged, message, room } from './events.ts';

function harness(over: Partial<ConsumeDeps['store']> = {}, advance?: (seq: number) => Promise<void>) {
  const bus = createMemoryBus();
  const written: number[] = [];
  const watermarks: number[] = [];
  const letters: DeadLetter[] = [];
  const lasts: number[] = [];
  const metrics = createMetrics('test');
  const consume = createConsume({
    streams: bus.streams,
    store: {
      prepare: async () => undefined,
      write: async (rows) => {
        written.push(...rows.map((row) => row.s));
        return { duplicates: new Map() };
      },
      fold: async () => ({ orphans: new Set() }),
      hide: async () => undefined,
      noteLast: async (messages) => void lasts.push(...messages.map((last) => last.s)),
      ...over,
    },
    deadLetters: { put: async (_, more) => void letters.push(...more) },
    settings: { batchEvents: 4, batchWaitMs: 5 },
    persisted: () => undefined,
    metrics: createWorkerMetrics(metrics),
    logger: silentLogger(),
  });
  const nothing = async () => undefined;
  const lease: StreamLease = {
    stream: 'ROOM_0',
    epoch: 1,
    renew: nothing,
    advance: advance ?? (async (seq) => void watermarks.push(seq)),
    distrust: nothing,
    trust: nothing,
    release: nothing,
  };
  const append = async (count: number) => {
    for (let n = 1; n <= count; n++) {
      await bus.log.append({ room, id: `${n}`, lane: 'a', bytes: logged(n, message(n)).bytes });
    }
  };
  return { bus, written, watermarks, letters, lasts, metrics, consume, lease, append };
}

t.test('writes from a number on, moves the watermark behind each batch, notes the newest of a room', async (t) => {
  const { consume, lease, append, written, watermarks, lasts } = harness();
  await append(10);
  await consume(lease, { from: 3, upTo: 10 }, new AbortController().signal);
  t.same(written, [3, 4, 5, 6, 7, 8, 9, 10]);
  t.same(watermarks, [6, 10]);
  t.same(lasts, [6, 10]);
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
  t.match(await metrics.text(), /gapless_dead_letters_total\{reason="not_json",service="test"\} 1/);
});

t.test('while MongoDB is away the same batch is tried again, and nothing is skipped', async (t) => {
  let attempts = 0;
  const stored: number[][] = [];
  const { consume, lease, append, watermarks } = harness({
    write: async (rows) => {
      if (++attempts < 3) throw new Failure('store_unavailable');
      stored.push(rows.map((row) => row.s));
      return { duplicates: new Map() };
    },
  });
  await append(8);
  await consume(lease, { from: 1, upTo: 8 }, new AbortController().signal);
  t.same(stored, [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ]);
  t.same(watermarks, [4, 8]);
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
  const { consume, lease, append } = harness({}, async () => {
    throw new Deposed('ROOM_0');
  });
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
      return { orphans: new Set(orphans) };
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
    fold: async () => ({ orphans: new Set(++tries < 3 ? [1] : []) }),
  });
  await append(1);
  await consume(lease, { from: 1, upTo: 1 }, new AbortController().signal);
  t.same([tries, letters, watermarks], [3, [], [1]]);
});
