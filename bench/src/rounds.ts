import { type Percentiles, type Sample, type Spread, spreadOf } from './row.ts';
import type { Axis, SideResult } from './table/result.ts';

/** Somebody who is measured in turns with others. */
export interface Side {
  readonly name: string;
  sample(): Promise<Sample>;
  /** In place of the sample that does not count. */
  warmUp?(): Promise<Sample>;
}

/** One sample of everybody, taken one after the other, by their names. */
export type Round = Readonly<Record<string, Sample>>;

/** A figure of several rounds, before anybody says whether it is good. */
export interface Measured {
  readonly value: Spread;
  /** Rounds that count, of all that were run. */
  readonly counted: number;
  readonly rounds: number;
  /** Whether ours lost, doubled or swapped a message: no figure is worth that. */
  readonly isFaulty: boolean;
  /** Not taken in rounds: one is enough. */
  readonly isOnce?: boolean;
}

export interface Compared {
  readonly ours: string;
  readonly reference: string;
  readonly by: (sample: Sample) => number;
}

/**
 * Everybody in turns, `most` times, behind one time that does not count: what compiles late is on nobody's bill. What was lost then
 * is lost all the same, and stands in the first round. Ends before a round of so many seconds for which there is no time.
 */
export async function inTurns(
  sides: readonly Side[],
  most: number,
  tell: (round: number, of: Round) => void,
  hasTimeFor: (seconds: number) => boolean = () => true,
): Promise<Round[]> {
  const began = performance.now();
  const before = new Map<string, string | undefined>();
  for (const side of sides) before.set(side.name, (await (side.warmUp ?? side.sample)()).fault);
  const all: Round[] = [];
  const secondsEach = () => (performance.now() - began) / 1e3 / (all.length + 1);
  for (let n = 1; n <= most && (n === 1 || hasTimeFor(secondsEach())); n++) {
    const round: Record<string, Sample> = {};
    for (const { name, sample } of sides)
      round[name] = n === 1 ? blamed(await sample(), before.get(name)) : await sample();
    all.push(round);
    tell(n, round);
  }
  return all;
}

const blamed = (sample: Sample, before: string | undefined): Sample => {
  const fault = [before, sample.fault].filter((one) => one !== undefined).join('; ');
  return fault === '' ? sample : { ...sample, fault };
};

/** Ours to the reference, by pair: both have met the same minute of the machine. What a peer loses is its own affair. */
export function ratioOf(rounds: readonly Round[], { ours, reference, by }: Compared): Measured {
  const pairs = rounds.flatMap((round) => {
    const [a, b] = [round[ours], round[reference]];
    return a === undefined || b === undefined ? [] : [{ a, b }];
  });
  const counted = pairs.filter(({ a, b }) => a.discarded === undefined && b.discarded === undefined);
  return {
    value: spreadOf(counted.map(({ a, b }) => by(a) / by(b))),
    counted: counted.length,
    rounds: rounds.length,
    isFaulty: pairs.some(({ a }) => a.fault !== undefined),
  };
}

/** What each side was measured to be; `each` is what is delivered or answered, in the singular. */
export function sidesOf(rounds: readonly Round[], each: string): SideResult[] {
  return namesOf(rounds).map((name) => {
    const counted = samplesOf(rounds, name).filter(({ discarded }) => discarded === undefined);
    const spread = (of: (sample: Sample) => number) => spreadOf(counted.map(of));
    return {
      name,
      measures: {
        [`${each}/s`]: spread(({ perSecond }) => perSecond),
        [`CPU µs a ${each}`]: spread(({ cpuUs }) => cpuUs),
        'p50 ms': spread(({ latency }) => latency.p50),
        'p99 ms': spread(({ latency }) => latency.p99),
        'p99.9 ms': spread(({ latency }) => latency.p999),
        'cores busy with other work': spread(({ foreignCores }) => foreignCores),
      },
    };
  });
}

/** Each further nine takes as much room as the one before it. */
const atPercent = (percent: number): number => 100 / (100 - percent);

const fractions: readonly (readonly [number, keyof Percentiles])[] = [
  [50, 'p50'],
  [90, 'p90'],
  [99, 'p99'],
  [99.9, 'p999'],
];

export const percentileAxis: Axis = {
  label: 'percentile',
  logarithmic: true,
  marks: fractions.map(([percent]) => ({ at: atPercent(percent), text: `${percent} %` })),
};

/** The median of each percentile over the rounds that count, as points of a curve on `percentileAxis`. */
export const percentileSeries = (rounds: readonly Round[]) =>
  namesOf(rounds).map((name) => {
    const counted = samplesOf(rounds, name).filter(({ discarded }) => discarded === undefined);
    const points = fractions.map(
      ([percent, key]) => [atPercent(percent), spreadOf(counted.map(({ latency }) => latency[key])).median] as const,
    );
    return { name, points };
  });

export const remarksOf = (rounds: readonly Round[]): string[] =>
  rounds.flatMap((round, n) =>
    Object.entries(round).flatMap(([name, { discarded, fault }]) => [
      ...(discarded === undefined ? [] : [`round ${n + 1}, ${name}: discarded, ${discarded}`]),
      ...(fault === undefined ? [] : [`round ${n + 1}, ${name}: ${fault}`]),
    ]),
  );

const namesOf = (rounds: readonly Round[]): string[] => Object.keys(rounds[0] ?? {});

const samplesOf = (rounds: readonly Round[], name: string): Sample[] =>
  rounds.flatMap((round) => (round[name] === undefined ? [] : [round[name]]));
