/** One side of one round. */
export interface Sample {
  readonly perSecond: number;
  /** CPU of the server processes for each message delivered or acknowledged, microseconds. */
  readonly cpuUs: number;
  /** Milliseconds. */
  readonly latency: Percentiles;
  /** Cores that were busy with what does not belong to the bench: noise in every figure. */
  readonly foreignCores: number;
  /** Why it does not count. */
  readonly discarded?: string;
  /** What was lost, doubled or swapped. */
  readonly fault?: string;
}

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export type Verdict = 'pass' | 'short' | 'fault' | 'no figure';

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (n: number) => sorted[n] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2;
  return { median, least: at(0), most: at(sorted.length - 1) };
}
