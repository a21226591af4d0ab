import type { Ends } from '../ends.ts';
import type { Measured } from '../rounds.ts';
import { spreadOf, type Verdict } from '../row.ts';
import type { BenchResult, PeerPresence, RowResult, TargetResult } from '../table/result.ts';
import type { GuestName, OpenPeer } from './peers.ts';

/** A line of the table of targets, and how it is measured. */
export interface BenchRow {
  /** `P1`. */
  readonly id: string;
  readonly title: string;
  readonly targets: readonly Target[];
  /** It is ended when it takes longer. */
  readonly budgetSeconds: number;
  /** Who is measured beside the peers of targets, where that can be; each who is here adds so much to the budget. */
  readonly guests?: readonly GuestName[];
  readonly guestSeconds?: number;
  run(context: RowContext): Promise<Finding>;
}

export type Target = Pick<TargetResult, 'key' | 'figure' | 'wanted'>;

export interface RowContext {
  /** What is registered there is ended before the next row begins. */
  readonly ends: Pick<Ends, 'teardown'>;
  readonly progress: (line: string) => void;
  /** Whether so many seconds are left of its budget: a round that would overrun it is not begun. */
  readonly hasTimeFor: (seconds: number) => boolean;
  /** Short lengths and no peers but the floors: trends, not claims. */
  readonly isQuick: boolean;
  /** The row's. */
  readonly guests: readonly GuestName[];
  readonly openPeer: OpenPeer;
}

/** What a row found; a target of whose sides one was missing has no figure, one that was not asked for is left out. */
export interface Finding extends Pick<RowResult, 'shape' | 'sides' | 'plots' | 'remarks'> {
  /** By the target's key. */
  readonly values: Readonly<Record<string, Measured>>;
  /** Whether ours lost, doubled or swapped a message where no target looks: then no target of the row is met. */
  readonly isFaulty?: boolean;
}

/** A row's result with those who were to be measured beside us. */
export interface RowOutcome {
  readonly result: RowResult;
  readonly peers: readonly PeerPresence[];
}

const leastRounds = 2;
const unmeasured: Measured = { value: spreadOf([]), counted: 0, rounds: 0, isFaulty: false };

export const resultOf = (
  { id, title, targets }: BenchRow,
  { values, isFaulty = false, ...found }: Finding,
): RowResult => ({
  ...{ id, title, ...(isFaulty && { isFailed: true }) },
  targets: targets.flatMap((target) => {
    const measured = values[target.key];
    return measured === undefined ? [] : [targetResult(target, isFaulty ? { ...measured, isFaulty } : measured)];
  }),
  ...found,
});

export function failedResult(row: BenchRow, why: string): RowResult {
  const values = Object.fromEntries(row.targets.map(({ key }) => [key, unmeasured]));
  return { ...resultOf(row, { shape: '', values, sides: [], plots: [], remarks: [why] }), isFailed: true };
}

/** Whether every target is met, and every row came to something. */
export const isMet = ({ rows }: Pick<BenchResult, 'rows'>): boolean =>
  rows.every(({ targets, isFailed }) => isFailed !== true && targets.every(({ verdict }) => verdict === 'pass'));

/** A figure that was taken once, of ours alone. */
export const once = (figure: number, isFaulty = false): Measured => ({
  isOnce: true,
  ...{ value: { median: figure, least: figure, most: figure }, counted: 1, rounds: 1, isFaulty },
});

function targetResult(target: Target, measured: Measured): TargetResult {
  const { value, counted, rounds } = measured;
  return { ...target, value, counted, rounds, verdict: verdictOf(target, measured) };
}

function verdictOf({ wanted }: Target, { value: { median }, counted, isFaulty, isOnce = false }: Measured): Verdict {
  if (isFaulty) return 'fault';
  if (Number.isNaN(median) || counted < (isOnce ? 1 : leastRounds)) return 'no figure';
  const isMet = 'atLeast' in wanted ? median >= wanted.atLeast : median <= wanted.atMost;
  return isMet ? 'pass' : 'short';
}
