import t from 'tap';
import { judge } from '../src/generator-limit.ts';
import type { LoadReport } from '../src/load/orders.ts';
import { inTurns, percentileAxis, percentileSeries, type Round, ratioOf, remarksOf, sidesOf } from '../src/rounds.ts';
import { type Sample, spreadOf } from '../src/row.ts';
import { type BenchRow, failedResult, isMet, once, resultOf } from '../src/rows/row.ts';

const latency = { p50: 1, p90: 2, p99: 3, p999: 4 };
const sample = (cpuUs: number, over: Partial<Sample> = {}): Sample => ({
  ...{ perSecond: 1_000, cpuUs, latency, foreignCores: 0 },
  ...over,
});
const roundsOf = (...pairs: [Sample, Sample][]): Round[] => pairs.map(([ours, theirs]) => ({ ours, theirs }));
const ratio = (rounds: Round[]) => ratioOf(rounds, { ours: 'ours', reference: 'theirs', by: ({ cpuUs }) => cpuUs });
const row: BenchRow = {
  ...{ id: 'P0', title: 'a row', budgetSeconds: 1 },
  targets: [{ key: 'P0 cpu', figure: 'CPU', wanted: { atMost: 1.5 } }],
  run: async () => Promise.reject(new Error('never run')),
};
const verdictOf = (rounds: Round[]) => {
  const found = { shape: '', values: { 'P0 cpu': ratio(rounds) }, sides: [], plots: [], remarks: [] };
  return resultOf(row, found).targets[0]?.verdict;
};

t.test('everybody takes turns; the first does not count, and none begins for which there is no time', async (t) => {
  const taken: string[] = [];
  const side = (name: string) => ({ name, sample: async () => sample(taken.push(name)) });
  const told: number[] = [];
  const rounds = await inTurns(
    [side('ours'), side('theirs')],
    5,
    (n) => told.push(n),
    () => told.length < 2,
  );
  t.strictSame(taken, ['ours', 'theirs', 'ours', 'theirs', 'ours', 'theirs']);
  t.strictSame(told, [1, 2]);
  t.equal(rounds[0]?.['ours']?.cpuUs, 3);
});

t.test('a target is judged by the median of the ratios of its rounds', async (t) => {
  const passed = roundsOf([sample(2), sample(1)], [sample(6), sample(5)], [sample(14), sample(10)]);
  t.strictSame(ratio(passed).value, { median: 1.4, least: 1.2, most: 2 });
  t.equal(verdictOf(passed), 'pass');
  t.equal(verdictOf(roundsOf([sample(2), sample(1)], [sample(8), sample(5)])), 'short');
});

t.test('a round in which the generator was too busy does not count, and the row says so', async (t) => {
  const discarded = sample(9, { discarded: 'the generator used 71 % of its core' });
  const rounds = roundsOf([sample(1), sample(1)], [sample(1), sample(1)], [discarded, sample(1)]);
  t.match(ratio(rounds), { counted: 2, rounds: 3 });
  t.equal(verdictOf(rounds), 'pass');
  t.strictSame(remarksOf(rounds), ['round 3, ours: discarded, the generator used 71 % of its core']);
  t.strictSame(sidesOf(rounds, 'delivery')[0]?.measures['CPU µs a delivery'], { median: 1, least: 1, most: 1 });
  t.equal(verdictOf(roundsOf([discarded, sample(1)], [sample(1), sample(1)])), 'no figure', 'one is too few');
  t.equal(verdictOf(roundsOf([sample(1), sample(1)])), 'no figure', 'also when there was time for one only');
  const found = { shape: '', values: { 'P0 cpu': once(1) }, sides: [], plots: [], remarks: [] };
  t.equal(resultOf(row, found).targets[0]?.verdict, 'pass', 'what is not taken in rounds is taken once');
});

t.test('no figure makes up for a message that we lost; what a peer loses is told', async (t) => {
  const fault = '1 lost';
  t.equal(verdictOf(roundsOf([sample(1), sample(1)], [sample(1, { fault }), sample(1)])), 'fault');
  const theirs = roundsOf([sample(1), sample(1)], [sample(1), sample(1, { fault })]);
  t.equal(verdictOf(theirs), 'pass');
  t.strictSame(remarksOf(theirs), ['round 2, theirs: 1 lost']);
  const elsewhere = { shape: '', values: { 'P0 cpu': once(1) }, sides: [], plots: [], remarks: [], isFaulty: true };
  t.equal(resultOf(row, elsewhere).targets[0]?.verdict, 'fault', 'also where no target looks');
  t.notOk(isMet({ rows: [resultOf({ ...row, targets: [] }, { ...elsewhere, values: {} })] }));
});

t.test('a message that was lost in the turn that does not count is a fault of the first round', async (t) => {
  const lossy = { name: 'ours', warmUp: async () => sample(9, { fault: '1 lost' }), sample: async () => sample(1) };
  const rounds = await inTurns([lossy, { name: 'theirs', sample: async () => sample(1) }], 2, () => undefined);
  t.strictSame(remarksOf(rounds), ['round 1, ours: 1 lost']);
  t.match(ratio(rounds), { counted: 2, isFaulty: true, value: { most: 1 } });
});

t.test('a row without its peer, or that failed, has no figure', async (t) => {
  const alone: Round[] = [{ ours: sample(1) }, { ours: sample(1) }];
  t.equal(verdictOf(alone), 'no figure');
  const failed = failedResult(row, 'not done in time');
  t.notOk(isMet({ rows: [failed] }));
  t.notOk(isMet({ rows: [failedResult({ ...row, targets: [] }, 'not done in time')] }), 'nor has one without targets');
  t.match(failed, { id: 'P0', remarks: ['not done in time'], targets: [{ verdict: 'no figure', counted: 0 }] });
});

t.test('percentiles are those of the middle round', async (t) => {
  const rounds = [3, 1, 2].map((p99) => ({ ours: sample(1, { latency: { ...latency, p99 } }) }));
  const points = percentileAxis.marks?.map(({ at }, n) => [at, [1, 2, 2, 4][n]]);
  t.strictSame(percentileSeries(rounds), [{ name: 'ours', points }]);
});

t.test('a report is judged by its generator, its faults and what is missing', async (t) => {
  const measuredLatency = { count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };
  const faults = { lost: 0, doubled: 0, swapped: 0, broken: 0 };
  const measured = { seconds: 1, deliveries: 1, acknowledged: 1, generatorShare: 0.7 };
  const good: LoadReport = {
    ...{ sent: 1, acknowledged: 1, refused: 0, delivered: 100, expected: 100, faults, troubles: {}, measured },
    ...{ latency: measuredLatency, lateness: measuredLatency },
  };
  t.strictSame(judge(good), {});
  const busy = judge({ ...good, measured: { ...measured, generatorShare: 0.71 } });
  t.strictSame(busy, { discarded: 'the generator used 71 % of its core' });
  t.match(judge({ ...good, lateness: { ...measuredLatency, p99: 380 } }).discarded, 'sends left 380 ms late');
  const bad = judge({ ...good, delivered: 99, faults: { ...faults, swapped: 1 } });
  t.strictSame(bad, { fault: '0 lost, 0 doubled, 1 swapped, 0 broken; 99 of 100 delivered' });
  const contradicted = judge({ ...good, troubles: { 'an ok that nobody asked for': 1 } });
  t.strictSame(contradicted, { fault: '1 × an ok that nobody asked for' });
});

t.test('who was refused or hung up on was told: that makes no fault, and no round', async (t) => {
  const none = { count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };
  const measured = { seconds: 1, deliveries: 1, acknowledged: 1, generatorShare: 0.1 };
  const report: LoadReport = {
    ...{ sent: 5, acknowledged: 2, refused: 3, delivered: 200, expected: 200, measured, troubles: {} },
    ...{ faults: { lost: 0, doubled: 0, swapped: 0, broken: 0 }, latency: none, lateness: none },
  };
  t.strictSame(judge(report), { discarded: '3 × refused: busy' });
  const hungUp = judge({ ...report, refused: 0, delivered: 150, troubles: { 'closed with 4008': 2 } });
  t.strictSame(hungUp, { discarded: '2 × closed with 4008' });
});

t.test('a spread is the median of an even count too', async (t) => {
  t.strictSame(spreadOf([4, 1, 3, 2]), { median: 2.5, least: 1, most: 4 });
});
