import { createMemoryBus } from '@gapless/shared/bus';
import t from 'tap';
import { trimPoint } from '../src/trim.ts';
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
