import type { Measured } from '../rounds.ts';
import type { Spread } from '../row.ts';

/** A cost of ours to a floor's, over the rounds of a short run; less is better. */
export interface Cost extends Measured {
  readonly key: string;
}

export type Outcome = 'ok' | 'worse' | 'no figure' | 'fault' | 'not in the baseline' | 'not measured';

export interface Comparison {
  readonly key: string;
  readonly baseline: number;
  readonly now: Spread;
  /** The most that the median may be. */
  readonly allowed: number;
  readonly outcome: Outcome;
}

/** Machines differ from one minute to the next by less than this, changes that matter do not. */
const leastTolerance = 0.2;
/** A baseline that was taken in so much noise holds nothing to anything. */
const mostTolerance = 0.35;
const leastRounds = 2;
const none: Spread = { median: Number.NaN, least: Number.NaN, most: Number.NaN };

/** By how much a median may exceed the baseline's: as much as the baseline's own rounds were apart, within bounds. */
export const toleranceOf = ({ median, least, most }: Spread): number =>
  Math.min(mostTolerance, Math.max(leastTolerance, (most - least) / median));

/** Processors, as a machine is named: memory and kernel may differ. */
const processorsOf = (machine: string): string => machine.replace(/, \d+ GiB.*$/, '');

/** A ratio of one kind of processor says nothing about that of another: caches and system calls differ. */
export const isSameKind = (one: string, other: string): boolean => processorsOf(one) === processorsOf(other);

/**
 * Also what only one of both knows: a figure that is no longer measured is not a figure that is good. A baseline of another kind
 * of machine is none: only what was lost counts then.
 */
export function compare(
  baseline: Readonly<Record<string, Spread>>,
  costs: readonly Cost[],
  isOfThisKind = true,
): Comparison[] {
  const measured = costs.map((cost) => compareOne(baseline[cost.key], isOfThisKind ? cost : { ...cost, counted: 0 }));
  const missing = Object.entries(baseline).filter(([key]) => costs.every((cost) => cost.key !== key));
  return [
    ...measured,
    ...missing.map(([key, was]) => ({ ...boundsOf(was), key, now: none, outcome: 'not measured' as const })),
  ];
}

export const isKept = (comparisons: readonly Comparison[]): boolean =>
  comparisons.every(({ outcome }) => outcome === 'ok');

/** Whether there is nothing but noise to complain of. */
export const isOnlyUnmeasured = (comparisons: readonly Comparison[]): boolean =>
  comparisons.every(({ outcome }) => outcome === 'ok' || outcome === 'no figure');

function compareOne(was: Spread | undefined, { key, value, counted, isFaulty }: Cost): Comparison {
  const bounds = was === undefined ? { baseline: Number.NaN, allowed: Number.NaN } : boundsOf(was);
  return { ...bounds, key, now: value, outcome: outcomeOf() };

  function outcomeOf(): Outcome {
    if (isFaulty) return 'fault';
    if (was === undefined) return 'not in the baseline';
    if (counted < leastRounds || !Number.isFinite(value.median)) return 'no figure';
    return value.median <= bounds.allowed ? 'ok' : 'worse';
  }
}

const boundsOf = (was: Spread) => ({ baseline: was.median, allowed: was.median * (1 + toleranceOf(was)) });
