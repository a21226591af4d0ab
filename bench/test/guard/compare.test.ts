import t from 'tap';
import { type Cost, compare, isKept, isOnlyUnmeasured, isSameKind, toleranceOf } from '../../src/guard/compare.ts';
import { costOf } from '../../src/guard/cost-of.ts';
import { comparisonText } from '../../src/guard/print.ts';

const spread = (median: number, least = median, most = median) => ({ median, least, most });
const cost = (median: number, over: Partial<Cost> = {}): Cost => ({
  ...{ key: 'P1 cpu/bare uWS', value: spread(median), counted: 3, rounds: 3, isFaulty: false },
  ...over,
});
const baseline = { 'P1 cpu/bare uWS': spread(1.2, 1.15, 1.25) };
const outcomes = (...costs: Cost[]) => compare(baseline, costs).map(({ outcome }) => outcome);

t.test(
  'what costs a fifth more than the baseline got worse; less, and the noise of a machine, is allowed',
  async (t) => {
    t.strictSame(outcomes(cost(1.2)), ['ok']);
    t.strictSame(outcomes(cost(1.43)), ['ok']);
    t.strictSame(outcomes(cost(0.6)), ['ok'], 'cheaper is no fault');
    t.strictSame(outcomes(cost(1.45)), ['worse']);
  },
);

t.test('a baseline whose rounds were further apart allows as much, but never everything', async (t) => {
  t.equal(toleranceOf(spread(1, 0.95, 1.05)), 0.2);
  t.equal(toleranceOf(spread(1, 0.9, 1.18)).toFixed(2), '0.28');
  t.equal(toleranceOf(spread(1, 0.5, 3)), 0.35);
});

t.test('the noise of this run widens nothing', async (t) => {
  t.strictSame(outcomes(cost(0, { value: spread(1.6, 1.1, 2.4) })), ['worse']);
});

t.test('a message that was lost is worse than any cost', async (t) => {
  const comparisons = compare(baseline, [cost(1.2, { isFaulty: true })]);
  t.strictSame([isKept(comparisons), isOnlyUnmeasured(comparisons)], [false, false]);
});

t.test('too few rounds that count are no figure, which is neither good nor a change', async (t) => {
  const comparisons = compare(baseline, [cost(9, { counted: 1 })]);
  t.strictSame([isKept(comparisons), isOnlyUnmeasured(comparisons)], [false, true]);
  t.strictSame(outcomes(cost(Number.NaN)), ['no figure']);
});

t.test('a baseline of other processors judges nothing but what was lost', async (t) => {
  const here = '2 × AMD EPYC, 24 GiB, Linux 6.18.44';
  t.ok(isSameKind(here, '2 × AMD EPYC, 8 GiB, Linux 6.1.0'));
  t.notOk(isSameKind(here, '4 × AMD EPYC, 24 GiB, Linux 6.18.44'));
  t.notOk(isSameKind(here, '2 × Some CPU @ 2.60GHz, 24 GiB, Linux 6.18.44'));
  const comparisons = compare(baseline, [cost(9)], false);
  t.strictSame([isKept(comparisons), isOnlyUnmeasured(comparisons)], [false, true]);
  t.notOk(isOnlyUnmeasured(compare(baseline, [cost(1.2, { isFaulty: true })], false)));
});

t.test('a round that others disturbed does not count, but what was lost in it does', async (t) => {
  const latency = { p50: 1, p90: 1, p99: 1, p999: 1 };
  const sample = (foreignCores: number, fault?: string) => ({
    ...{ perSecond: 1, cpuUs: 2, latency, foreignCores },
    ...(fault === undefined ? {} : { fault }),
  });
  const sides = { key: 'P1 cpu/bare uWS', ours: 'ours', reference: 'floor', mostForeignCores: 0.5 };
  const calm = { ours: sample(0.1), floor: sample(0.1) };
  const disturbed = { ours: sample(0.9, '1 lost'), floor: sample(0.1) };
  t.match(costOf([calm, calm], sides).cost, { counted: 2, isFaulty: false });
  const { cost: lossy, remarks } = costOf([disturbed, disturbed], sides);
  t.match(lossy, { counted: 0, isFaulty: true });
  t.match(remarks[0], /round 1, ours: 1 lost/);
  t.notOk(isOnlyUnmeasured(compare(baseline, [lossy])), 'CI is red');
});

t.test('a figure that only one of both knows does not pass', async (t) => {
  t.strictSame(outcomes(cost(1, { key: 'new' })), ['not in the baseline', 'not measured']);
  t.notOk(isOnlyUnmeasured(compare(baseline, [])), 'a guard that measures nothing guards nothing');
});

t.test('it is printed with what was, what is and what may be', async (t) => {
  const text = comparisonText(compare(baseline, [cost(1.5, { value: spread(1.5, 1.4, 1.6) })]));
  t.match(text, /P1 cpu\/bare uWS +1\.20 +1\.50 \(1\.40 to 1\.60\) +≤ 1\.44 +WORSE/);
});
