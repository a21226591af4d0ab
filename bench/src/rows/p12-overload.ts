import { createEnds } from '../ends.ts';
import { mostGeneratorShare } from '../generator-limit.ts';
import { commit } from '../machine.ts';
import { gaplessStack } from '../peers/gapless.ts';
import type { Measured } from '../rounds.ts';
import { type Spread, spreadOf } from '../row.ts';
import { startGapless } from '../scenarios/gapless.ts';
import { grantedPopulation } from '../scenarios/granted-people.ts';
import { type Overload, overload } from '../scenarios/overload.ts';
import type { Plot, SideResult } from '../table/result.ts';
import { type BenchRow, once, type RowContext, type Target } from './row.ts';

/** As many accounts as a room has members: nobody's messages wait for his own. One edge, so that all of it is one process' load: first deliveries are what it cannot do more of, then sends. */
const shapes = {
  'fan-out': { people: { accounts: 100, rooms: 10 }, clients: 1_000, firstPerSecond: 1_000 },
  ingest: { people: { accounts: 4, rooms: 100 }, clients: 400, firstPerSecond: 2_000 },
} as const;
type Kind = keyof typeof shapes;
const kinds = Object.keys(shapes) as Kind[];
const lengthMs = { full: 30_000, quick: 10_000 };
/** What a kind needs at least, from its start to its end. */
const secondsAKind = 110;

const targetsOf = (kind: Kind): Target[] => [
  { key: `P12 ${kind} rate`, figure: `${kind}: deliveries amid it, of the highest`, wanted: { atLeast: 0.8 } },
  {
    key: `P12 ${kind} recovery`,
    figure: `${kind}: until all that is offered arrives within 1 s again, s`,
    wanted: { atMost: 5 },
  },
];

/** What is beyond an edge is refused, and does no harm to the rest. */
export const overloaded: BenchRow = {
  id: 'P12',
  title: 'overload: twice the sustainable rate is offered',
  targets: kinds.flatMap(targetsOf),
  budgetSeconds: 290,
  run: async (context) => {
    const found: (readonly [Kind, Overload])[] = [];
    const remarks: string[] = [];
    for (const [n, kind] of kinds.entries()) {
      const one = n === 0 || context.hasTimeFor(secondsAKind) ? await measure(context, kind) : undefined;
      if (one === undefined) remarks.push(`${kind}: no rate that is sustained was found in time`);
      else found.push([kind, one]);
    }
    return {
      shape: `${kinds.map(shapeText).join('; ')}; 1 edge, ${overloadMs(context) / 1e3} s, open loop, what is refused is not sent again`,
      values: Object.assign(
        Object.fromEntries(kinds.flatMap(targetsOf).map(({ key }) => [key, withoutFigure(once(Number.NaN))])),
        ...found.map(([kind, one]) => valuesOf(kind, one)),
      ),
      sides: found.map(([kind, one]) => sideOf(kind, one)),
      plots: found.map(([kind, one]) => plotOf(kind, one)),
      remarks: [...remarks, ...found.flatMap(([kind, one]) => remarksOf(kind, one))],
    };
  },
};

const overloadMs = ({ isQuick }: RowContext): number => lengthMs[isQuick ? 'quick' : 'full'];

/** On a system of its own: nobody works off what the kind before it has left behind. */
async function measure(context: RowContext, kind: Kind): Promise<Overload | undefined> {
  const { people, ...load } = shapes[kind];
  const ends = createEnds();
  // Whatever ends the row in between.
  context.ends.teardown(ends.endAll);
  const gapless = await startGapless(ends, { accounts: 0, rooms: 0, edgeCount: 1 });
  const population = await grantedPopulation(gapless.system, people);
  const found = await overload(
    gaplessStack({ ...gapless, population }, commit()),
    { ...load, overloadMs: overloadMs(context), hasTimeFor: context.hasTimeFor },
    (line) => context.progress(`${kind}: ${line}`),
  );
  await ends.endAll();
  return found;
}

function shapeText(kind: Kind): string {
  const { people, clients } = shapes[kind];
  return `${kind}: ${clients} clients in rooms of ${clients / people.rooms}`;
}

function valuesOf(kind: Kind, found: Overload): Record<string, Measured> {
  const { during, highest, recoverySeconds, fault } = found;
  const judged = whyNot(found) === undefined ? (one: Measured) => one : withoutFigure;
  return {
    [`P12 ${kind} rate`]: judged(once(during / highest, fault !== undefined)),
    [`P12 ${kind} recovery`]: judged(once(recoverySeconds, fault !== undefined)),
  };
}

const withoutFigure = (measured: Measured): Measured => ({ ...measured, counted: 0 });

/** Why it says nothing about an edge under overload. */
function whyNot({ refused, generatorShare }: Overload): string | undefined {
  if (generatorShare > mostGeneratorShare)
    return `the generator used ${Math.round(generatorShare * 100)} % of its core: it may be what was overloaded`;
  return refused === 0 ? 'nothing was refused: twice what the search found was no overload' : undefined;
}

function sideOf(kind: Kind, { sustainable, highest, during, refused, sent, seconds }: Overload): SideResult {
  const one = (value: number): Spread => spreadOf([value]);
  return {
    name: `Gapless, ${kind}`,
    measures: {
      'sustained sends/s': one(sustainable),
      'highest deliveries/s': one(highest),
      'deliveries/s amid overload': one(during),
      'p99 ms by the second': spreadOf(seconds.flatMap(({ p99 }) => p99 ?? [])),
      'part refused': one(refused / sent),
    },
  };
}

const plotOf = (kind: Kind, { seconds }: Overload): Plot => ({
  title: `${kind}: before, amid and behind the overload`,
  x: { label: 'seconds' },
  y: { label: 'p99, ms', logarithmic: true },
  series: [
    { name: 'Gapless', points: seconds.flatMap(({ p99 }, n) => (p99 === undefined ? [] : [[n, p99] as const])) },
  ],
});

const remarksOf = (kind: Kind, found: Overload): string[] =>
  [found.fault, whyNot(found)].flatMap((remark) => (remark === undefined ? [] : [`${kind}: ${remark}`]));
