import { createEnds, type Ends } from '../ends.ts';
import { startGenerator } from '../load/generator.ts';
import { commit } from '../machine.ts';
import { startBareUws } from '../peers/bare-uws.ts';
import { gaplessStack } from '../peers/gapless.ts';
import { inTurns, type Round, ratioOf, remarksOf } from '../rounds.ts';
import type { Sample } from '../row.ts';
import { startGapless } from '../scenarios/gapless.ts';
import { publisherSides } from '../scenarios/ingest.ts';
import { connectTo } from '../scenarios/loaded-stack.ts';
import type { Cost } from './compare.ts';

/** CPU time is all that is compared: short is enough. */
const publishing = { rounds: 4, window: 2_000, rooms: 200, users: 20, warmUpMs: 500, measureMs: 1_500 };
const people = { accounts: 20, rooms: 10 };
const hearing = { clients: 1_000, hearing: true };
const load = { perSecond: 400, warmUpMs: 500, measureMs: 3_000 };
const warmUpMs = 6_000;
const fanOutRounds = 3;

const mostForeignCores = 0.5;

const slowedEdge = new URL('./slowed-edge.js', import.meta.url).href;

export interface ShortRunOptions {
  readonly progress: (line: string) => void;
  /** With edges that were made slow on purpose. */
  readonly isSlowed: boolean;
}

/** What costs least to measure and moves least by itself: CPU for each acknowledged append, and for each delivery. */
export async function shortRun({ progress, isSlowed }: ShortRunOptions): Promise<Cost[]> {
  const env = isSlowed ? { NODE_OPTIONS: `--import=${slowedEdge}` } : {};
  return [
    costOf('P3 cpu/raw publish', ['multiplexer', 'raw publish'], await within(appends), progress),
    costOf('P1 cpu/bare uWS', ['Gapless', 'bare uWS'], await within((ends) => deliveries(ends, env)), progress),
  ];
}

async function appends(ends: Ends): Promise<Round[]> {
  return inTurns(await publisherSides(ends, publishing), publishing.rounds, () => undefined);
}

async function deliveries(ends: Ends, edgeEnv: Readonly<Record<string, string>>): Promise<Round[]> {
  const ours = gaplessStack(await startGapless(ends, { ...people, edgeEnv }), commit());
  const floor = await startBareUws(ends, people);
  const generator = startGenerator();
  ends.teardown(generator.close);
  const loaded = [await connectTo(ours, generator, hearing), await connectTo(floor, generator, hearing)];
  // Until an edge's hot code is compiled it costs more than it ever will again.
  for (const { fanOut } of loaded) await fanOut({ ...load, measureMs: warmUpMs });
  const sides = loaded.map(({ name, fanOut }) => ({ name, sample: () => fanOut(load) }));
  return inTurns(sides, fanOutRounds, () => undefined);
}

async function within(take: (ends: Ends) => Promise<Round[]>): Promise<Round[]> {
  const ends = createEnds();
  return take(ends).finally(ends.endAll);
}

function costOf(
  key: string,
  [ours, reference]: [string, string],
  all: readonly Round[],
  tell: (line: string) => void,
): Cost {
  for (const remark of remarksOf(all)) tell(`${key}: ${remark}`);
  const rounds = all.filter((round) => Object.values(round).every(isUndisturbed));
  const measured = ratioOf(rounds, { ours, reference, by: ({ cpuUs }) => cpuUs });
  tell(`${key}: ${measured.counted} of ${all.length} rounds count; ${all.length - rounds.length} were disturbed`);
  return { key, ...measured };
}

/**
 * Others' work drives ours out of the caches, and several processes more than one: a ratio rises with it. Who watches may even get no
 * time while a round lasts, and then sees none spent in it.
 */
const isUndisturbed = ({ cpuUs, foreignCores }: Sample): boolean =>
  cpuUs > 0 && Number.isFinite(cpuUs) && foreignCores <= mostForeignCores;
