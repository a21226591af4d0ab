import { createEnds } from '../ends.ts';
import { startGenerator } from '../load/generator.ts';
import { commit } from '../machine.ts';
import { gaplessStack } from '../peers/gapless.ts';
import { inTurns, remarksOf, sidesOf } from '../rounds.ts';
import { startGapless } from '../scenarios/gapless.ts';
import { connectTo } from '../scenarios/loaded-stack.ts';
import type { BenchRow, Finding, RowContext } from './row.ts';

const people = { accounts: 20, rooms: 10 };
const clients = 1_000;
const shape = { perSecond: 300, warmUpMs: 1_000, measureMs: 5_000 };
const rounds = 3;
const systems = [
  { edgeCount: 1, copies: 1 },
  { edgeCount: 2, copies: 1 },
  { edgeCount: 3, copies: 1 },
  { edgeCount: 2, copies: 3 },
] as const;

/** No target of the table: the figures behind the arithmetic of docs/sizing.md. `make bench-scaling` takes it. */
export const scaling: BenchRow = {
  id: 'scaling',
  title: 'what a delivery costs with more edges, and with three copies of the log',
  targets: [],
  budgetSeconds: 420,
  run: async (context) => {
    const found: Pick<Finding, 'sides' | 'remarks'>[] = [];
    for (const system of systems) found.push(await measure(context, system));
    return {
      shape: `${clients} clients, rooms of ${clients / people.rooms}, ${shape.perSecond} sends/s; everything on this machine`,
      values: {},
      sides: found.flatMap(({ sides }) => sides),
      plots: [],
      remarks: found.flatMap(({ remarks }) => remarks),
    };
  },
};

/** One system after the other: all of them at once would not fit. */
async function measure({ progress, hasTimeFor }: RowContext, system: (typeof systems)[number]) {
  const ends = createEnds();
  try {
    const generator = startGenerator();
    ends.teardown(generator.close);
    const ours = gaplessStack(await startGapless(ends, { ...people, ...system }), commit());
    const loaded = await connectTo(ours, generator, { clients, hearing: true });
    const name = `${system.edgeCount} edges, ${system.copies} copies`;
    const side = { name, sample: () => loaded.fanOut(shape) };
    const all = await inTurns([side], rounds, () => undefined, hasTimeFor);
    progress(`${name}: ${sidesOf(all, 'delivery')[0]?.measures['CPU µs a delivery']?.median.toFixed(2)} µs a delivery`);
    return { sides: sidesOf(all, 'delivery'), remarks: remarksOf(all) };
  } finally {
    await ends.endAll();
  }
}
