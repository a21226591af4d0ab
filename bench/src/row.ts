/** One side of one round. */
export interface Sample {
  readonly perSecond: number;
  /** CPU of the server processes for each message delivered or acknowledged, microseconds. */
  readonly cpuUs: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Cores that were busy with what does not belong to the bench: noise in every figure. */
  readonly foreignCores: number;
  /** Everything else that was measured, for the record. */
  readonly details: unknown;
  /** Why it does not count. */
  readonly discarded?: string;
  /** What was lost, doubled, swapped or refused: no figure is worth that. */
  readonly fault?: string;
}

export interface Round {
  readonly ours: Sample;
  readonly reference: Sample;
}

export interface Row {
  readonly title: string;
  readonly shape: string;
  readonly names: { readonly ours: string; readonly reference: string };
  readonly compared: 'perSecond' | 'cpuUs';
  /** Ratio of ours to the reference. */
  readonly target: { readonly atLeast: number } | { readonly atMost: number };
  readonly rounds: readonly Round[];
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export type Verdict = 'pass' | 'short' | 'fault' | 'no figure';

export interface Summary {
  readonly verdict: Verdict;
  /** Rounds that count. */
  readonly counted: number;
  readonly ratio: Spread;
  readonly ours: Record<'perSecond' | 'cpuUs' | 'p50' | 'p99', Spread>;
  readonly reference: Record<'perSecond' | 'cpuUs' | 'p50' | 'p99', Spread>;
  readonly foreignCores: Spread;
  readonly remarks: readonly string[];
}

const leastRounds = 2;

export function summarize({ rounds, compared, target, names }: Row): Summary {
  const counted = rounds.filter(({ ours, reference }) =>
    [ours, reference].every((side) => side.discarded === undefined),
  );
  const ratio = spreadOf(counted.map(({ ours, reference }) => ours[compared] / reference[compared]));
  const remarks = rounds.flatMap(({ ours, reference }, n) => [
    ...remarksOf(`round ${n + 1}, ${names.ours}`, ours),
    ...remarksOf(`round ${n + 1}, ${names.reference}`, reference),
  ]);
  const side = (of: 'ours' | 'reference') => {
    const all = (what: 'perSecond' | 'cpuUs' | 'p50' | 'p99') => spreadOf(counted.map((round) => round[of][what]));
    return { perSecond: all('perSecond'), cpuUs: all('cpuUs'), p50: all('p50'), p99: all('p99') };
  };
  const faulty = rounds.some(({ ours, reference }) => ours.fault !== undefined || reference.fault !== undefined);
  const met = 'atLeast' in target ? ratio.median >= target.atLeast : ratio.median <= target.atMost;
  const verdict = faulty ? 'fault' : counted.length < leastRounds ? 'no figure' : met ? 'pass' : 'short';
  const foreignCores = spreadOf(rounds.flatMap((round) => [round.ours.foreignCores, round.reference.foreignCores]));
  const sides = { ours: side('ours'), reference: side('reference') };
  return { verdict, counted: counted.length, ratio, ...sides, foreignCores, remarks };
}

function remarksOf(where: string, { discarded, fault }: Sample): string[] {
  const discard = discarded === undefined ? [] : [`${where}: discarded, ${discarded}`];
  return fault === undefined ? discard : [...discard, `${where}: ${fault}`];
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (n: number) => sorted[n] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2;
  return { median, least: at(0), most: at(sorted.length - 1) };
}
