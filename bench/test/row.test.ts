import t from 'tap';
import { judge } from '../src/generator-limit.ts';
import type { LoadReport } from '../src/load/orders.ts';
import { type Row, type Sample, spreadOf, summarize } from '../src/row.ts';

const sample = (cpuUs: number, over: Partial<Sample> = {}): Sample => ({
  ...{ perSecond: 1_000, cpuUs, p50: 1, p99: 2, foreignCores: 0, details: null },
  ...over,
});
const rowOf = (...rounds: [Sample, Sample][]): Row => ({
  title: '',
  shape: '',
  names: { ours: 'ours', reference: 'theirs' },
  compared: 'cpuUs',
  target: { atMost: 1.5 },
  rounds: rounds.map(([ours, reference]) => ({ ours, reference })),
});

t.test('a row is judged by the median of the ratios of its rounds', async (t) => {
  const passed = summarize(rowOf([sample(2), sample(1)], [sample(6), sample(5)], [sample(14), sample(10)]));
  t.equal(passed.ratio.median, 1.4);
  t.equal(passed.verdict, 'pass');
  t.equal(summarize(rowOf([sample(2), sample(1)], [sample(8), sample(5)])).verdict, 'short');
});

t.test('a round in which the generator was too busy does not count, and the row says so', async (t) => {
  const discarded = sample(9, { discarded: 'the generator used 71 % of its core' });
  const summary = summarize(rowOf([sample(1), sample(1)], [sample(1), sample(1)], [discarded, sample(1)]));
  t.equal(summary.counted, 2);
  t.equal(summary.verdict, 'pass');
  t.strictSame(summary.remarks, ['round 3, ours: discarded, the generator used 71 % of its core']);
  t.equal(summarize(rowOf([discarded, sample(1)], [sample(1), sample(1)])).verdict, 'no figure', 'one is too few');
});

t.test('no figure makes up for a message that was lost', async (t) => {
  const summary = summarize(rowOf([sample(1), sample(1)], [sample(1), sample(1, { fault: '1 lost' })]));
  t.equal(summary.verdict, 'fault');
  t.strictSame(summary.remarks, ['round 2, theirs: 1 lost']);
});

t.test('a report is judged by its generator, its faults and what is missing', async (t) => {
  const latency = { count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };
  const faults = { lost: 0, doubled: 0, swapped: 0, broken: 0 };
  const measured = { seconds: 1, deliveries: 1, acknowledged: 1, bytesPerDelivery: 1, generatorShare: 0.7 };
  const good: LoadReport = {
    ...{ sent: 1, acknowledged: 1, delivered: 100, expected: 100, faults, troubles: {}, measured },
    ...{ latency, lateness: latency },
  };
  t.strictSame(judge(good), {});
  const busy = judge({ ...good, measured: { ...measured, generatorShare: 0.71 } });
  t.strictSame(busy, { discarded: 'the generator used 71 % of its core' });
  t.match(judge({ ...good, lateness: { ...latency, p99: 380 } }).discarded, 'sends left 380 ms late');
  const bad = judge({ ...good, delivered: 99, faults: { ...faults, swapped: 1 }, troubles: { 'closed with 4008': 2 } });
  t.strictSame(bad, {
    fault: '2 × closed with 4008; 0 lost, 0 doubled, 1 swapped, 0 broken; 99 of 100 delivered',
  });
});

t.test('a spread is the median of an even count too', async (t) => {
  t.strictSame(spreadOf([4, 1, 3, 2]), { median: 2.5, least: 1, most: 4 });
});
