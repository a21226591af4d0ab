import { type HighestRate, highestRate } from '../highest-rate.ts';
import type { LoadReport } from '../load/orders.ts';
import type { Measured } from '../rounds.ts';
import { spreadOf } from '../row.ts';
import { startGapless } from '../scenarios/gapless.ts';
import type { LoadedStack, LoadSample } from '../scenarios/loaded-stack.ts';
import type { Plot, SideResult } from '../table/result.ts';
import { openSides } from './beside.ts';
import type { BenchRow } from './row.ts';

const people = { accounts: 20, rooms: 10 };
const clients = 1_000;
const receivers = clients / people.rooms;
const ours = 'Gapless';
const peers = ['Socket.IO + Redis', 'durable stack'] as const;
const stretch = { warmUpMs: 1_000, measureMs: 4_000 };
/** Before the first round, at a quarter of the rate at which that begins: a cold server fails where a warm one does not. */
const warming = { warmUpMs: 500, measureMs: 3_000, part: 0.25 };
const served = { p99Ms: 1_000 };
/** Sends a second at which the first round begins, and the tries of each round: guests begin where we do. */
const search = { from: { fast: 2_000, slow: 500 }, steps: [5, 4] };

interface Found extends HighestRate<LoadSample> {
  readonly name: string;
}

interface Fault {
  readonly name: string;
  readonly text: string;
}

/** Looked for upwards: everything that was sent arrived, once, in order, 99 of 100 within a second. */
export const denseFanOut: BenchRow = {
  id: 'P2',
  title: 'dense fan-out: highest sustained deliveries a second, stored',
  targets: [
    { key: 'P2 rate/Socket.IO + Redis', figure: 'deliveries/s, of Socket.IO + Redis', wanted: { atLeast: 7 } },
    { key: 'P2 rate/durable stack', figure: 'deliveries/s, of the usual durable stack', wanted: { atLeast: 10 } },
  ],
  budgetSeconds: 420,
  guests: ['Centrifugo', 'Centrifugo, history', 'Tinode'],
  guestSeconds: 130,
  run: async (context) => {
    const gapless = await startGapless(context.ends, people);
    const loaded = await openSides(context, {
      gapless,
      peers: [...peers, ...context.guests],
      clients,
      hearing: true,
    });
    const early: Fault[] = [];
    for (const { name, fanOut } of loaded) {
      const { fault } = await fanOut({ ...warming, perSecond: firstOf(name) * warming.part });
      if (fault !== undefined) early.push({ name, text: `before the first round, ${name}: ${fault}` });
    }
    const rounds: Found[][] = [];
    const began = performance.now();
    const secondsATry = () => (performance.now() - began) / 1e3 / Math.max(1, rounds.flatMap(triesOf).length);
    for (const steps of search.steps) {
      // A first failure is tried again.
      if (rounds.length > 0 && !context.hasTimeFor(secondsATry() * (steps + 1) * loaded.length)) break;
      const round: Found[] = [];
      for (const side of loaded) {
        const before = rounds.at(-1)?.find(({ name }) => name === side.name)?.rate;
        round.push({ name: side.name, ...(await searchOn(side, before, steps)) });
        context.progress(`${side.name}: ${Math.round((round.at(-1)?.rate ?? 0) * receivers)} deliveries/s`);
      }
      rounds.push(round);
    }
    const faults = [...early, ...faultsOf(rounds)];
    return {
      isFaulty: faults.some(({ name }) => name === ours),
      shape: `${clients} clients, rooms of ${receivers}, ${stretch.measureMs / 1e3} s at each rate; sustained: all delivered, p99 < ${served.p99Ms / 1e3} s`,
      values: Object.fromEntries(peers.map((peer) => [`P2 rate/${peer}`, rateRatio(rounds, peer)])),
      sides: loaded.map(({ name }) => sideOf(name, rounds)),
      plots: curves(rounds),
      remarks: [...faults.map(({ text }) => text), ...limitedByGenerator(rounds)],
    };
  },
};

const firstOf = (name: string): number => (peers.some((peer) => peer === name) ? search.from.slow : search.from.fast);

async function searchOn({ name, fanOut }: LoadedStack, before: number | undefined, steps: number) {
  return highestRate({
    from: before === undefined || before === 0 ? firstOf(name) : before,
    steps,
    repeatsFirstFailure: true,
    attempt: (perSecond) => fanOut({ perSecond, ...stretch }),
    isServed,
  });
}

const isServed = ({ report, latency: { p99 }, fault }: LoadSample): boolean =>
  fault === undefined && isUnrefused(report) && p99 < served.p99Ms && report.lateness.p99 < served.p99Ms;

/** A refused send is not a sustained one, nor is one to somebody who was hung up on. */
const isUnrefused = ({ refused, troubles }: LoadReport): boolean => refused === 0 && Object.keys(troubles).length === 0;

function rateRatio(rounds: readonly (readonly Found[])[], peer: string): Measured {
  const pairs = rounds.flatMap((round) => {
    const [own, theirs] = [ours, peer].map((one) => round.find(({ name }) => name === one)?.rate ?? 0);
    return own === undefined || theirs === undefined || theirs === 0 ? [] : [own / theirs];
  });
  return { value: spreadOf(pairs), counted: pairs.length, rounds: rounds.length, isFaulty: false };
}

const triesOf = (round: readonly Found[]) =>
  round.flatMap(({ name, tried }) => tried.map(({ rate, attempt }) => ({ name, rate, attempt })));

/** At whatever rate: who cannot keep up refuses or is late, and loses nothing. */
const faultsOf = (rounds: readonly (readonly Found[])[]): Fault[] =>
  rounds.flatMap((round, n) =>
    triesOf(round).flatMap(({ name, rate, attempt: { fault } }) =>
      fault === undefined ? [] : [{ name, text: `round ${n + 1}, ${name}, at ${Math.round(rate)} sends/s: ${fault}` }],
    ),
  );

function sideOf(name: string, rounds: readonly (readonly Found[])[]): SideResult {
  const found = rounds.flatMap((round) => round.filter((one) => one.name === name));
  const best = found.flatMap((one) => one.best ?? []);
  return {
    name,
    measures: {
      'highest sustained deliveries/s': spreadOf(found.map(({ rate }) => rate * receivers)),
      'CPU µs a delivery': spreadOf(best.map(({ cpuUs }) => cpuUs)),
      'p99 ms': spreadOf(best.map(({ latency: { p99 } }) => p99)),
    },
  };
}

function curves(rounds: readonly (readonly Found[])[]): Plot[] {
  const offered = { label: 'deliveries/s offered', logarithmic: true };
  const series = (of: (sample: LoadSample) => number) =>
    (rounds[0] ?? []).map(({ name }) => ({
      name,
      points: rounds
        .flatMap((round) => round.filter((one) => one.name === name).flatMap(({ tried }) => tried))
        .map(({ rate, attempt }) => [rate * receivers, of(attempt)] as const)
        .sort(([a], [b]) => a - b),
    }));
  return [
    {
      title: 'Delivered against offered',
      x: offered,
      y: { label: 'deliveries/s', logarithmic: true },
      series: series(({ perSecond }) => perSecond),
    },
    {
      title: 'p99 against offered',
      x: offered,
      y: { label: 'milliseconds', logarithmic: true },
      series: series(({ latency: { p99 } }) => p99),
    },
  ];
}

/** At the end of what two cores can do the generator is a part of it: said, not hidden. */
const limitedByGenerator = (rounds: readonly (readonly Found[])[]): string[] =>
  rounds.flatMap((round, n) =>
    round.flatMap(({ name, best }) =>
      best?.discarded === undefined ? [] : [`round ${n + 1}, ${name}, at its highest rate: ${best.discarded}`],
    ),
  );
