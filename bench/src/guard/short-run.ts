import { createEnds, type Ends } from '../ends.ts';
import { startGenerator } from '../load/generator.ts';
import { commit } from '../machine.ts';
import { startBareUws } from '../peers/bare-uws.ts';
import { gaplessStack } from '../peers/gapless.ts';
import { inTurns, type Round } from '../rounds.ts';
import { startGapless } from '../scenarios/gapless.ts';
import { publisherSides } from '../scenarios/ingest.ts';
import { connectTo } from '../scenarios/loaded-stack.ts';
import type { Cost } from './compare.ts';
import { costOf } from './cost-of.ts';

/** CPU time is all that is compared: short is enough. */
const publishing = { window: 2_000, rooms: 200, users: 20, warmUpMs: 500, measureMs: 1_500 };
const people = { accounts: 20, rooms: 10 };
const hearing = { clients: 1_000, hearing: true };
const load = { perSecond: 400, warmUpMs: 500, measureMs: 3_000 };
const warmUpMs = 9_000;

/** What is compared for long costs more time and stands less noise. */
const lengths = {
  run: { appends: 4, deliveries: 3, mostForeignCores: 0.5 },
  baseline: { appends: 12, deliveries: 8, mostForeignCores: 0.15 },
};
type Length = (typeof lengths)[keyof typeof lengths];

const slowedEdge = new URL('./slowed-edge.js', import.meta.url).href;

export interface ShortRunOptions {
  readonly progress: (line: string) => void;
  /** With edges that were made slow on purpose. */
  readonly isSlowed: boolean;
  /** More rounds, with next to nobody else at work: others are held to it. */
  readonly isBaseline: boolean;
}

/** What costs least to measure and moves least by itself: CPU for each acknowledged append, and for each delivery. */
export async function shortRun({ progress, isSlowed, isBaseline }: ShortRunOptions): Promise<Cost[]> {
  const env = isSlowed ? { NODE_OPTIONS: `--import=${slowedEdge}` } : {};
  const length = lengths[isBaseline ? 'baseline' : 'run'];
  const appended = await within((ends) => appends(ends, length));
  const delivered = await within((ends) => deliveries(ends, length, env));
  const { mostForeignCores } = length;
  const costs = [
    costOf(appended, { key: 'P3 cpu/raw publish', ours: 'multiplexer', reference: 'raw publish', mostForeignCores }),
    costOf(delivered, { key: 'P1 cpu/bare uWS', ours: 'Gapless', reference: 'bare uWS', mostForeignCores }),
  ];
  for (const { remarks } of costs) for (const remark of remarks) progress(remark);
  return costs.map(({ cost }) => cost);
}

async function appends(ends: Ends, { appends: most }: Length): Promise<Round[]> {
  return inTurns(await publisherSides(ends, publishing), most, () => undefined);
}

async function deliveries(
  ends: Ends,
  { deliveries: most }: Length,
  edgeEnv: Readonly<Record<string, string>>,
): Promise<Round[]> {
  const ours = gaplessStack(await startGapless(ends, { ...people, edgeEnv }), commit());
  const floor = await startBareUws(ends, people);
  const generator = startGenerator();
  ends.teardown(generator.close);
  const loaded = [await connectTo(ours, generator, hearing), await connectTo(floor, generator, hearing)];
  const sides = loaded.map(({ name, fanOut }) => ({
    name,
    sample: () => fanOut(load),
    // Until an edge's hot code is compiled it costs more than it ever will again.
    warmUp: () => fanOut({ ...load, measureMs: warmUpMs }),
  }));
  return inTurns(sides, most, () => undefined);
}

async function within(take: (ends: Ends) => Promise<Round[]>): Promise<Round[]> {
  const ends = createEnds();
  return take(ends).finally(ends.endAll);
}
