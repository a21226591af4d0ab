import type { Measured } from '../rounds.ts';
import { spreadOf } from '../row.ts';
import type { SideResult } from '../table/result.ts';

/** With so many connections or rooms, what a delivery cost and how late it came. */
export interface Point {
  readonly count: number;
  readonly cpuUs: number;
  readonly p99: number;
  /** Why it does not count. */
  readonly discarded?: string;
  readonly fault?: string;
}

/** Of one round, from the least number to the greatest. */
export type Curve = readonly Point[];

/** The dearest point to the first, by round: who costs more in the middle only has grown too. */
export function growthOf(curves: readonly Curve[]): Measured {
  const counted = curves.filter((curve) => curve.every(({ discarded }) => discarded === undefined));
  const ratios = counted.map((curve) => Math.max(...curve.map(({ cpuUs }) => cpuUs)) / (curve[0]?.cpuUs ?? Number.NaN));
  return {
    ...{ value: spreadOf(ratios), counted: counted.length, rounds: curves.length },
    isFaulty: curves.some((curve) => curve.some(({ fault }) => fault !== undefined)),
  };
}

export const sidesOf = (what: string, curves: readonly Curve[]): SideResult[] =>
  countsOf(curves).map((count, n) => ({
    name: `${count.toLocaleString('en')} ${what}`,
    measures: {
      'CPU µs a delivery': spreadOf(atPoint(curves, n).map(({ cpuUs }) => cpuUs)),
      'p99 ms': spreadOf(atPoint(curves, n).map(({ p99 }) => p99)),
    },
  }));

export const pointsOf = (curves: readonly Curve[]): (readonly [number, number])[] =>
  countsOf(curves).map((count, n) => [count, spreadOf(atPoint(curves, n).map(({ cpuUs }) => cpuUs)).median]);

export const remarksOf = (what: string, curves: readonly Curve[]): string[] =>
  curves.flatMap((curve, n) =>
    curve.flatMap(({ count, discarded, fault }) => [
      ...(discarded === undefined ? [] : [`round ${n + 1}, ${count} ${what}: discarded, ${discarded}`]),
      ...(fault === undefined ? [] : [`round ${n + 1}, ${count} ${what}: ${fault}`]),
    ]),
  );

const countsOf = (curves: readonly Curve[]): number[] => (curves[0] ?? []).map(({ count }) => count);

const atPoint = (curves: readonly Curve[], n: number): Point[] =>
  curves.flatMap((curve) => (curve[n] === undefined || curve[n].discarded !== undefined ? [] : [curve[n]]));
