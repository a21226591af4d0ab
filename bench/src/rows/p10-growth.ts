import { startGenerator } from '../load/generator.ts';
import { commit } from '../machine.ts';
import { gaplessStack } from '../peers/gapless.ts';
import { spreadOf } from '../row.ts';
import { type Gapless, startGapless } from '../scenarios/gapless.ts';
import { grantedPopulation } from '../scenarios/granted-people.ts';
import { connectTo } from '../scenarios/loaded-stack.ts';
import { costWithRooms } from '../scenarios/many-rooms.ts';
import type { Plot } from '../table/result.ts';
import type { BenchRow, RowContext } from './row.ts';

const people = { accounts: 1, rooms: 1 };
const rounds = 2;
/** Rooms of 100, as many deliveries a second for every number of connections. */
const crowd = { sizes: [1_000, 4_000, 8_000, 15_000], inRoom: 100, accounts: 20 };
const toCrowd = { perSecond: 300, warmUpMs: 1_500, measureMs: 5_000 };
const inRooms = { counts: [10, 100, 1_000, 10_000], hearers: 20, mostMembers: 500 };
const toRooms = { perSecond: 400, warmUpMs: 1_500, measureMs: 5_000 };

/** Points of a curve: connections or rooms, and what a delivery cost. */
type Curve = (readonly [number, number])[];

/** The same work before more people, and in more rooms: what a delivery costs must not depend on who else is there. */
export const growth: BenchRow = {
  id: 'P10',
  title: 'growth: CPU of edges and NATS for each delivery',
  targets: [
    { key: 'P10 cpu/connections', figure: 'CPU a delivery with 15,000 connections, of 1,000', wanted: { atMost: 1.2 } },
    { key: 'P10 cpu/rooms', figure: 'CPU a delivery with 10,000 rooms, of 10', wanted: { atMost: 1.2 } },
  ],
  budgetSeconds: 330,
  run: async (context) => {
    const gapless = await startGapless(context.ends, people);
    const [byConnections, byRooms, remarks]: [Curve[], Curve[], string[]] = [[], [], []];
    const began = performance.now();
    const secondsEach = () => (performance.now() - began) / 1e3 / byRooms.length;
    for (let n = 1; n <= rounds && (n === 1 || context.hasTimeFor(secondsEach())); n++) {
      byConnections.push(await acrossConnections(context, gapless, remarks));
      byRooms.push(await acrossRooms(context, gapless));
    }
    const curves = [medianOf(byConnections), medianOf(byRooms)] as const;
    return {
      shape: `2 edges; rooms of ${crowd.inRoom}, ${toCrowd.perSecond} sends/s, and rooms of ${inRooms.hearers}, ${toRooms.perSecond} sends/s, for every number of connections and rooms`,
      values: { 'P10 cpu/connections': lastToFirst(byConnections), 'P10 cpu/rooms': lastToFirst(byRooms) },
      sides: [
        ...curves[0].map(([count, cpu]) => sideOf(`${count.toLocaleString('en')} connections`, cpu)),
        ...curves[1].map(([count, cpu]) => sideOf(`${count.toLocaleString('en')} rooms`, cpu)),
      ],
      plots: [plotOf('connections', curves[0]), plotOf('rooms', curves[1])],
      remarks,
    };
  },
};

async function acrossConnections({ ends, progress }: RowContext, gapless: Gapless, remarks: string[]): Promise<Curve> {
  const rooms = Math.max(...crowd.sizes) / crowd.inRoom;
  const all = await grantedPopulation(gapless.system, { accounts: crowd.accounts, rooms });
  const curve: Curve = [];
  for (const clients of crowd.sizes) {
    const population = { ...all, rooms: all.rooms.slice(0, clients / crowd.inRoom) };
    const generator = startGenerator();
    ends.teardown(generator.close);
    const loaded = await connectTo(gaplessStack({ ...gapless, population }, commit()), generator, {
      clients,
      hearing: true,
    });
    const { cpuUs, discarded, fault } = await loaded.fanOut(toCrowd);
    generator.close();
    curve.push([clients, cpuUs]);
    for (const remark of [discarded, fault])
      if (remark !== undefined) remarks.push(`${clients} connections: ${remark}`);
    progress(`${clients} connections: ${cpuUs.toFixed(2)} µs a delivery`);
  }
  return curve;
}

async function acrossRooms({ progress }: RowContext, gapless: Gapless): Promise<Curve> {
  const curve: Curve = [];
  for (const rooms of inRooms.counts) {
    const cpu = await costWithRooms(gapless, { ...inRooms, ...toRooms, rooms });
    curve.push([rooms, cpu]);
    progress(`${rooms} rooms: ${cpu.toFixed(2)} µs a delivery`);
  }
  return curve;
}

function lastToFirst(curves: readonly Curve[]) {
  const ratios = curves.map((curve) => (curve.at(-1)?.[1] ?? Number.NaN) / (curve[0]?.[1] ?? Number.NaN));
  return { value: spreadOf(ratios), counted: ratios.length, rounds: ratios.length, isFaulty: false };
}

const medianOf = (curves: readonly Curve[]): Curve =>
  (curves[0] ?? []).map(([x], n) => [x, spreadOf(curves.map((curve) => curve[n]?.[1] ?? Number.NaN)).median]);

const sideOf = (name: string, cpu: number) => ({ name, measures: { 'CPU µs a delivery': spreadOf([cpu]) } });

const plotOf = (what: string, points: Curve): Plot => ({
  title: `CPU of a delivery against ${what}`,
  x: { label: what, logarithmic: true },
  y: { label: 'CPU µs a delivery' },
  series: [{ name: 'Gapless', points }],
});
