import t from 'tap';
import { Latencies } from '../src/load/latency.ts';
import type { Seat } from '../src/load/load-socket.ts';
import type { LoadPart } from '../src/load/orders.ts';
import { partsOf, wholeOf } from '../src/load/parts.ts';

const seat = (room?: string): Seat => ({
  ...{ host: '127.0.0.1', port: 1, path: '/ws', localAddress: '127.0.0.2', token: 'anything' },
  ...(room === undefined ? {} : { room }),
});

const latenciesOf = (us: readonly number[]): string => {
  const latencies = new Latencies();
  for (const one of us) latencies.record(one);
  return latencies.encoded();
};

const part = (more: Partial<LoadPart>): LoadPart => ({
  ...{ sent: 10, acknowledged: 5, refused: 2, delivered: 90, expected: 100, troubles: {} },
  faults: { lost: 0, doubled: 0, swapped: 0, broken: 0 },
  measured: { seconds: 7, deliveries: 80, acknowledged: 4, generatorShare: 0.3 },
  latency: latenciesOf([]),
  lateness: latenciesOf([]),
  ...more,
});

t.test('all who hear a room are in one part, and rooms are dealt out in turns', async (t) => {
  const rooms = ['a', 'b', 'c', 'a', 'b', 'c', 'c'];
  const parts = partsOf(
    rooms.map((room) => seat(room)),
    2,
  );
  t.strictSame(
    parts.map((seats) => seats.map(({ room }) => room)),
    [
      ['a', 'c', 'a', 'c', 'c'],
      ['b', 'b'],
    ],
  );
});

t.test('who hears nothing is dealt out one by one; one part is everybody in order', async (t) => {
  const seats = Array.from({ length: 5 }, (_, n) => ({ ...seat(), token: `${n}` }));
  const tokens = (count: number) => partsOf(seats, count).map((part) => part.map(({ token }) => token));
  t.strictSame(tokens(2), [
    ['0', '2', '4'],
    ['1', '3'],
  ]);
  t.strictSame(tokens(1), [['0', '1', '2', '3', '4']]);
});

t.test('what was counted adds up; the busiest process speaks for all', async (t) => {
  const one = part({ faults: { lost: 1, doubled: 0, swapped: 2, broken: 0 }, troubles: { 'closed with 4008': 3 } });
  const other = part({
    faults: { lost: 1, doubled: 4, swapped: 0, broken: 1 },
    troubles: { 'closed with 4008': 1, 'refused: busy': 1 },
    measured: { seconds: 7.01, deliveries: 20, acknowledged: 1, generatorShare: 0.6 },
  });
  const { latency: _, lateness: __, ...whole } = wholeOf([one, other]);
  t.strictSame(whole, {
    ...{ sent: 20, acknowledged: 10, refused: 4, delivered: 180, expected: 200 },
    faults: { lost: 2, doubled: 4, swapped: 2, broken: 1 },
    troubles: { 'closed with 4008': 4, 'refused: busy': 1 },
    measured: { seconds: 7.01, deliveries: 100, acknowledged: 5, generatorShare: 0.6 },
  });
});

t.test('percentiles are of all that was counted anywhere, and none of nothing', async (t) => {
  const quick = latenciesOf(Array.from({ length: 98 }, () => 1_000));
  const slow = latenciesOf([500_000, 900_000]);
  const { latency, lateness } = wholeOf([part({ latency: quick }), part({ latency: slow })]);
  t.equal(latency.count, 100);
  t.ok(Math.abs(latency.p90 - 1) < 0.01, 'the mean of both p90 would be 450 ms');
  t.ok(Math.abs(latency.p99 - 500) < 1, `${latency.p99} ms`);
  t.ok(Math.abs(latency.max - 900) < 1, `${latency.max} ms`);
  t.strictSame(lateness, { count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 });
});
