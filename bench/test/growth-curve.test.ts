import t from 'tap';
import { type Curve, growthOf, pointsOf, remarksOf, sidesOf } from '../src/rows/growth-curve.ts';

const curve = (...costs: number[]): Curve => costs.map((cpuUs, n) => ({ count: 10 ** n, cpuUs, p99: 2 * cpuUs }));

t.test('growth is the dearest point to the first, wherever it is', async (t) => {
  const { value, counted, isFaulty } = growthOf([curve(2, 3, 2), curve(2, 2, 2.4)]);
  t.same([value.least, value.most, counted, isFaulty], [1.2, 1.5, 2, false]);
  t.equal(growthOf([curve(2, 1, 1)]).value.median, 1, 'what gets cheaper has not grown');
});

t.test('a round with a point that does not count has no ratio, and a message that was lost is a fault', async (t) => {
  const busy = curve(2, 3).map((point) => ({ ...point, discarded: 'the generator was too busy' }));
  t.match(growthOf([curve(2, 2), busy]), { counted: 1, rounds: 2, value: { median: 1 } });
  const lossy = [...curve(2), { count: 10, cpuUs: 2, p99: 1, fault: '1 lost' }];
  t.equal(growthOf([curve(2, 2), lossy]).isFaulty, true);
  t.strictSame(remarksOf('rooms', [curve(2, 2), lossy]), ['round 2, 10 rooms: 1 lost']);
});

t.test('each point is said with the median of its rounds', async (t) => {
  const curves = [curve(2, 4), curve(4, 6)];
  t.strictSame(pointsOf(curves), [
    [1, 3],
    [10, 5],
  ]);
  t.match(sidesOf('rooms', curves)[1], { name: '10 rooms', measures: { 'p99 ms': { median: 10 } } });
});
