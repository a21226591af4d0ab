import { bucketOf, createMemoryBus } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { createMetrics, silentLogger } from '@gapless/shared/runtime';
import { newId, type RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { createConsume } from '../src/consume.ts';
import type { StreamLease } from '../src/stream-lease.ts';
import { trimPoint } from '../src/trim.ts';
import { createWorkerMetrics } from '../src/worker-metrics.ts';
import { logged, message, room } from './events.ts';

async function streamWith(
  count: number,
  options: { seq: number; maxBytes?: number; created?: string; ageMs?: number },
) {
  const bus = createMemoryBus(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes });
  for (let n = 1; n <= count; n++)
    await bus.log.append({ room, id: `${n}`, lane: 'a', bytes: logged(n, message(n)).bytes });
  const created = options.created ?? (await bus.streams.state('ROOM_0'))?.created ?? '';
  const record = { seq: options.seq, high: options.seq, created };
  return trimPoint(
    {
      streams: bus.streams,
      leases: { record: async () => record },
      settings: { trimAgeMs: 60_000, trimIntervalMs: 1 },
      clock: { now: () => Date.now() + (options.ageMs ?? 0) },
    },
    'ROOM_0',
  );
}

t.test('nothing young is trimmed while there is room', async (t) => {
  t.equal(await streamWith(10, { seq: 10 }), 0);
});

t.test('what is old is trimmed, never above the watermark', async (t) => {
  t.equal(await streamWith(10, { seq: 10, ageMs: 120_000 }), 10);
  t.equal(await streamWith(10, { seq: 4, ageMs: 120_000 }), 4);
  t.equal(await streamWith(10, { seq: 0, ageMs: 120_000 }), 0);
});

t.test('past half of its bytes a stream comes down to a quarter, never above the watermark', async (t) => {
  const size = logged(1, message(1)).bytes.byteLength;
  t.equal(await streamWith(10, { seq: 10, maxBytes: size * 21 }), 0);
  const upTo = await streamWith(100, { seq: 100, maxBytes: size * 110 });
  t.ok(upTo >= 65 && upTo <= 80, `${upTo}`);
  t.equal(await streamWith(100, { seq: 30, maxBytes: size * 110 }), 30);
});

t.test('a stream that MongoDB does not name is not trimmed', async (t) => {
  t.equal(await streamWith(10, { seq: 10, ageMs: 120_000, created: 'another' }), 0);
});

t.test(
  'while one lane is stuck, nothing from its first event on is trimmed, however old and however full',
  async (t) => {
    const bus = createMemoryBus({ maxBytes: 16_000 });
    const stuck = newId<RoomId>();
    let free = newId<RoomId>();
    while (bucketOf(free) === bucketOf(stuck)) free = newId<RoomId>();
    const record = { seq: 0, high: 0, created: (await bus.streams.state('ROOM_0'))?.created ?? '' };
    for (let n = 1; n <= 60; n++) {
      const r = n > 10 && n % 10 === 0 ? stuck : free;
      await bus.log.append({ room: r, id: `${n}`, lane: 'a', bytes: logged(n, message(n, 'x', r)).bytes });
    }
    const written: number[] = [];
    let away = true;
    const consume = createConsume({
      streams: bus.streams,
      prepare: async () => undefined,
      write: async (_, events) => {
        if (away && events.some(({ room: r }) => r === stuck)) throw new Failure('store_unavailable');
        written.push(...events.map(({ seq }) => seq));
        return { rows: events.length, duplicates: 0, letters: [] };
      },
      // As many lanes as buckets: these two rooms are not in the same one.
      settings: { batchEvents: 5, batchWaitMs: 1, writeLanes: 256 },
      persisted: () => undefined,
      metrics: createWorkerMetrics(createMetrics('log-worker')),
      logger: silentLogger(),
    });
    const lease = {
      stream: 'ROOM_0',
      advance: async (seq: number) => {
        record.seq = seq;
      },
    } as unknown as StreamLease;
    const trimOld = async (trimAgeMs: number) => {
      const settings = { trimAgeMs, trimIntervalMs: 1 };
      const clock = { now: () => Date.now() + 120_000 };
      const upTo = await trimPoint(
        { streams: bus.streams, leases: { record: async () => record }, settings, clock },
        'ROOM_0',
      );
      if (upTo > 0) await bus.streams.trim('ROOM_0', upTo);
      return (await bus.streams.state('ROOM_0'))?.first;
    };
    const running = consume(lease, { from: 1, upTo: 60 }, new AbortController().signal);
    await until('all others are written', () => written.includes(59));
    await until('the watermark is below the first that is stuck', () => record.seq === 19);
    t.equal(await trimOld(60_000), 20, 'what is old');
    t.equal(await trimOld(600_000), 20, 'what there is no room for');
    away = false;
    await running;
    await until('the watermark is at the end', () => record.seq === 60);
    t.equal(await trimOld(60_000), 61);
  },
);
