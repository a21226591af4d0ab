import { mostGeneratorShare } from '../generator-limit.ts';
import { commit } from '../machine.ts';
import { gaplessStack } from '../peers/gapless.ts';
import { type Spread, spreadOf } from '../row.ts';
import { startGapless } from '../scenarios/gapless.ts';
import { grantedPopulation } from '../scenarios/granted-people.ts';
import { type Overload, overload } from '../scenarios/overload.ts';
import type { Plot, SideResult } from '../table/result.ts';
import { type BenchRow, once, type Target } from './row.ts';

/** As many accounts as a room has members: nobody's messages wait for his own. One edge, so that all of it is one process' load: first deliveries are what it cannot do more of, then sends. */
const shapes = {
  'fan-out': { people: { accounts: 100, rooms: 10 }, clients: 1_000, firstPerSecond: 2_000 },
  ingest: { people: { accounts: 4, rooms: 100 }, clients: 400, firstPerSecond: 4_000 },
} as const;
type Kind = keyof typeof shapes;
const kinds = Object.keys(shapes) as Kind[];
const lengthMs = { full: 30_000, quick: 10_000 };

const targetsOf = (kind: Kind): Target[] => [
  { key: `P12 ${kind} rate`, figure: `${kind}: deliveries amid it, of the highest`, wanted: { atLeast: 0.8 } },
  { key: `P12 ${kind} recovery`, figure: `${kind}: until p99 is below 1 s again, s`, wanted: { atMost: 5 } },
];

/** What is beyond an edge is refused, and does no harm to the rest. */
export const overloaded: BenchRow = {
  id: 'P12',
  title: 'overload: twice the sustainable rate is offered',
  targets: kinds.flatMap(targetsOf),
  budgetSeconds: 150,
  run: async ({ ends, progress, isQuick }) => {
    const overloadMs = lengthMs[isQuick ? 'quick' : 'full'];
    const found: [Kind, Overload][] = [];
    for (const kind of kinds) {
      const { people, ...load } = shapes[kind];
      const gapless = await startGapless(ends, { accounts: 0, rooms: 0, edgeCount: 1 });
      const population = await grantedPopulation(gapless.system, people);
      const tell = (line: string): void => progress(`${kind}: ${line}`);
      found.push([
        kind,
        await overload(gaplessStack({ ...gapless, population }, commit()), { ...load, overloadMs }, tell),
      ]);
    }
    return {
      shape: `${kinds.map(shapeText).join('; ')}; 1 edge, ${overloadMs / 1e3} s, open loop, what is refused is not sent again`,
      values: Object.assign({}, ...found.map(([kind, one]) => valuesOf(kind, one))),
      sides: found.map(([kind, one]) => sideOf(kind, one)),
      plots: found.map(([kind, one]) => plotOf(kind, one)),
      remarks: found.flatMap(([kind, one]) => remarksOf(kind, one)),
    };
  },
};

function shapeText(kind: Kind): string {
  const { people, clients } = shapes[kind];
  return `${kind}: ${clients} clients in rooms of ${clients / people.rooms}`;
}

const valuesOf = (kind: Kind, { during, highest, recoverySeconds, fault }: Overload) => ({
  [`P12 ${kind} rate`]: once(during / highest, fault !== undefined),
  [`P12 ${kind} recovery`]: once(recoverySeconds, fault !== undefined),
});

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

function remarksOf(kind: Kind, { fault, generatorShare }: Overload): string[] {
  const busy = `${kind}: the generator used ${Math.round(generatorShare * 100)} % of its core: it may be what was overloaded`;
  return [
    ...(fault === undefined ? [] : [`${kind}: ${fault}`]),
    ...(generatorShare > mostGeneratorShare ? [busy] : []),
  ];
}
