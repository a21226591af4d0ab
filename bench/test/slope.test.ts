import t from 'tap';
import { slopeOf } from '../src/slope.ts';

t.test('the slope is that of all points, its range that between neighbours', async (t) => {
  const even = [500, 3_000, 5_500, 8_000].map((x) => [x, 100_000 + 4 * x] as const);
  t.strictSame(slopeOf(even), { median: 4, least: 4, most: 4 });
  const { median, least, most } = slopeOf([
    [0, 0],
    [1, 5],
    [2, 8],
    [3, 12],
  ]);
  t.ok(Math.abs(median - 3.9) < 1e-9, `${median}`);
  t.same([least, most], [3, 5]);
});

t.test('slack in the heap at one point moves it less than it moves two points alone', async (t) => {
  const slack = 8e6;
  const points = [500, 3_000, 5_500, 8_000].map((x, n) => [x, 4_096 * x - (n === 0 ? slack : 0)] as const);
  const alone = (4_096 * 7_500 + slack) / 7_500;
  t.ok(slopeOf(points).median < alone);
});
