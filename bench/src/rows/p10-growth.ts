import { startGenerator } from '../load/generator.ts';
import { commit } from '../machine.ts';
import { gaplessStack } from '../peers/gapless.ts';
import { type Gapless, startGapless } from '../scenarios/gapless.ts';
import { grantedPopulation } from '../scenarios/granted-people.ts';
import { connectTo } from '../scenarios/loaded-stack.ts';
import { type Cost, costWithRooms } from '../scenarios/many-rooms.ts';
import { type Curve, growthOf, type Point, pointsOf, remarksOf, sidesOf } from './growth-curve.ts';
import type { BenchRow, RowContext } from './row.ts';

const people = { accounts: 1, rooms: 1 };
const rounds = 2;
/** Until an edge's hot code is compiled it costs more than it ever will again: the first would pay for all. */
const connectionWarmUps = 3;
/** Rooms of 100, as many deliveries a second for every number of connections. */
const crowd = { sizes: [1_000, 4_000, 8_000, 15_000], inRoom: 100, accounts: 20 };
const toCrowd = { perSecond: 300, warmUpMs: 1_500, measureMs: 5_000 };
const inRooms = { counts: [10, 100, 1_000, 10_000], hearers: 20, mostMembers: 500 };
const toRooms = { perSecond: 400, warmUpMs: 1_500, measureMs: 5_000 };

/** The same work before more people, and in more rooms: what a delivery costs must not depend on who else is there. */
export const growth: BenchRow = {
  id: 'P10',
  title: 'growth: CPU of edges and NATS for each delivery',
  targets: [
    {
      key: 'P10 cpu/connections',
      figure: 'CPU a delivery, at its dearest up to 15,000 connections, of 1,000',
      wanted: { atMost: 1.2 },
    },
    {
      key: 'P10 cpu/rooms',
      figure: 'CPU a delivery, at its dearest up to 10,000 rooms, of 10',
      wanted: { atMost: 1.2 },
    },
  ],
  budgetSeconds: 320,
  run: async (context) => {
    const gapless = await startGapless(context.ends, people);
    const costOf = { connections: await costWithConnections(context, gapless), rooms: costInRooms(gapless) };
    const warmUps: Cost[] = [];
    for (let n = 0; n < connectionWarmUps; n++) warmUps.push(await costOf.connections(Math.min(...crowd.sizes)));
    warmUps.push(await costOf.rooms(Math.min(...inRooms.counts)));
    const early = warmUps.flatMap(({ fault }) => (fault === undefined ? [] : [`before the first round: ${fault}`]));
    const [byConnections, byRooms]: [Curve[], Curve[]] = [[], []];
    const began = performance.now();
    const secondsEach = () => (performance.now() - began) / 1e3 / byRooms.length;
    for (let n = 1; n <= rounds && (n === 1 || context.hasTimeFor(secondsEach())); n++) {
      byConnections.push(await curveOf(context, 'connections', inTurn(crowd.sizes, n), costOf.connections));
      byRooms.push(await curveOf(context, 'rooms', inTurn(inRooms.counts, n), costOf.rooms));
    }
    return {
      shape: `2 edges; rooms of ${crowd.inRoom}, ${toCrowd.perSecond} sends/s, and rooms of ${inRooms.hearers}, ${toRooms.perSecond} sends/s, for every number of connections and rooms`,
      values: { 'P10 cpu/connections': growthOf(byConnections), 'P10 cpu/rooms': growthOf(byRooms) },
      sides: [...sidesOf('connections', byConnections), ...sidesOf('rooms', byRooms)],
      plots: [plotOf('connections', byConnections), plotOf('rooms', byRooms)],
      isFaulty: early.length > 0,
      remarks: [...early, ...remarksOf('connections', byConnections), ...remarksOf('rooms', byRooms)],
    };
  },
};

/** Every other round goes down: who is always last would be the warmest, or the fullest. */
const inTurn = (counts: readonly number[], round: number): number[] =>
  [...counts].sort((a, b) => (round % 2 === 1 ? a - b : b - a));

type CostAt = (count: number) => Promise<Cost & { readonly discarded?: string }>;

async function curveOf({ progress }: RowContext, what: string, counts: readonly number[], costAt: CostAt) {
  const points: Point[] = [];
  for (const count of counts) {
    const cost = await costAt(count);
    points.push({ count, ...cost });
    progress(`${count} ${what}: ${cost.cpuUs.toFixed(2)} µs a delivery, p99 ${cost.p99.toFixed(1)} ms`);
  }
  return points.sort((a, b) => a.count - b.count);
}

async function costWithConnections({ ends }: RowContext, gapless: Gapless): Promise<CostAt> {
  const rooms = Math.max(...crowd.sizes) / crowd.inRoom;
  const all = await grantedPopulation(gapless.system, { accounts: crowd.accounts, rooms });
  return async (clients) => {
    const population = { ...all, rooms: all.rooms.slice(0, clients / crowd.inRoom) };
    const generator = startGenerator();
    ends.teardown(generator.close);
    const stack = gaplessStack({ ...gapless, population }, commit());
    const loaded = await connectTo(stack, generator, { clients, hearing: true });
    const { cpuUs, latency, discarded, fault } = await loaded.fanOut(toCrowd);
    generator.close();
    return {
      ...{ cpuUs, p99: latency.p99 },
      ...(discarded === undefined ? {} : { discarded }),
      ...(fault === undefined ? {} : { fault }),
    };
  };
}

const costInRooms =
  (gapless: Gapless): CostAt =>
  (rooms) =>
    costWithRooms(gapless, { ...inRooms, ...toRooms, rooms });

const plotOf = (what: string, curves: readonly Curve[]) => ({
  title: `CPU of a delivery against ${what}`,
  x: { label: what, logarithmic: true },
  y: { label: 'CPU µs a delivery' },
  series: [{ name: 'Gapless', points: pointsOf(curves) }],
});
