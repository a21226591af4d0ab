import type { Spread } from './row.ts';

export type XY = readonly [x: number, y: number];

/** What each `x` adds to `y`: by least squares over all points, with the least and the most between two neighbours. */
export function slopeOf(points: readonly XY[]): Spread {
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const along = points.map(([x, y]) => ({ product: (x - meanX) * (y - meanY), square: (x - meanX) ** 2 }));
  const steps = points.slice(1).map(([x, y], n) => {
    const [beforeX, beforeY] = points[n] as XY;
    return (y - beforeY) / (x - beforeX);
  });
  return {
    median: mean(along.map(({ product }) => product)) / mean(along.map(({ square }) => square)),
    ...{ least: Math.min(...steps), most: Math.max(...steps) },
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
