import type { Circumstances } from '../machine.ts';
import type { Spread, Verdict } from '../row.ts';

/** What one run of the bench found; written as JSON, read by the printed table, the report and the guard. */
export interface BenchResult {
  readonly about: Circumstances;
  readonly tookSeconds: number;
  readonly rows: readonly RowResult[];
  /** Everybody who was to be measured beside us, also who could not be. */
  readonly peers: readonly PeerPresence[];
}

export interface PeerPresence {
  readonly name: string;
  readonly version?: string;
  /** Why it was not measured. */
  readonly missing?: string;
}

export interface RowResult {
  /** As in the table of targets, `P1`. */
  readonly id: string;
  readonly title: string;
  /** It came to nothing, or a message was lost in it: of a row without targets nothing else says so. */
  readonly isFailed?: boolean;
  /** Clients, rooms, rates, lengths. */
  readonly shape: string;
  readonly targets: readonly TargetResult[];
  readonly sides: readonly SideResult[];
  readonly plots: readonly Plot[];
  /** What was discarded and why, what was found wrong. */
  readonly remarks: readonly string[];
}

export interface TargetResult {
  /** A stable name, for the guard: `P1 cpu/bare uWS`. */
  readonly key: string;
  /** What the figure is, in words. */
  readonly figure: string;
  readonly wanted: { readonly atLeast: number } | { readonly atMost: number };
  readonly value: Spread;
  readonly verdict: Verdict;
  /** Rounds that count, of all that were run. */
  readonly counted: number;
  readonly rounds: number;
}

export interface SideResult {
  readonly name: string;
  /** By what is measured and its unit, `CPU µs a delivery`. */
  readonly measures: Readonly<Record<string, Spread>>;
}

export interface Plot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
}

export interface Axis {
  readonly label: string;
  readonly logarithmic?: boolean;
  /** An axis that is not logarithmic begins at 0, unless this is `false`. */
  readonly fromZero?: boolean;
  /** Where its marks are and what they say, if not at round values. */
  readonly marks?: readonly { readonly at: number; readonly text: string }[];
}
