import { startGenerator } from '../load/generator.ts';
import { commit } from '../machine.ts';
import { gaplessStack } from '../peers/gapless.ts';
import { inTurns, type Round, ratioOf, remarksOf, type Side, sidesOf } from '../rounds.ts';
import { type Gapless, startGapless } from '../scenarios/gapless.ts';
import { grant, newRooms } from '../scenarios/granted-people.ts';
import { connectTo } from '../scenarios/loaded-stack.ts';
import type { BenchRow, RowContext } from './row.ts';

const people = { accounts: 1, rooms: 1 };
/** Each room is of one user and comes up once in a long while. */
const cold = { clients: 200, roomsEach: 1_000 };
const warm = { clients: 200, roomsEach: 2 };
const shape = { window: 10, warmUpMs: 1_000, measureMs: 3_000 };
const rounds = 3;

/** Sends that hardly ever go to the same room: nothing of it is in anybody's memory. */
export const coldRooms: BenchRow = {
  id: 'P11',
  title: 'cold rooms: acknowledged sends a second',
  targets: [{ key: 'P11 rate/warm', figure: 'sends/s over 200,000 rooms, of 400 rooms', wanted: { atLeast: 0.5 } }],
  budgetSeconds: 180,
  run: async (context) => {
    const gapless = await startGapless(context.ends, people);
    const sides = [await side(context, gapless, 'cold rooms', cold), await side(context, gapless, 'warm rooms', warm)];
    const tell = (n: number, round: Round) => {
      const figures = Object.entries(round).map(([name, { perSecond }]) => `${name} ${Math.round(perSecond)}`);
      context.progress(`${n}/${rounds}: a second: ${figures.join(', ')}`);
    };
    const all = await inTurns(sides, rounds, tell, context.hasTimeFor);
    const by = ({ perSecond }: { perSecond: number }) => perSecond;
    return {
      shape: `${cold.clients} sockets on 2 edges with ${shape.window} sends under way each, over ${cold.clients * cold.roomsEach} rooms and over ${warm.clients * warm.roomsEach}`,
      values: { 'P11 rate/warm': ratioOf(all, { ours: 'cold rooms', reference: 'warm rooms', by }) },
      sides: sidesOf(all, 'acknowledged send'),
      plots: [],
      remarks: [...remarksOf(all), 'the page cache of the machine is not limited: the log of this row fits into it'],
    };
  },
};

async function side(
  { ends }: RowContext,
  gapless: Gapless,
  name: string,
  { clients, roomsEach }: { clients: number; roomsEach: number },
): Promise<Side> {
  const granted = await grant(
    gapless.system,
    Array.from({ length: clients }, () => newRooms(roomsEach)),
  );
  const tokens = granted.map(({ token }) => token);
  const generator = startGenerator();
  ends.teardown(generator.close);
  // One room to sit down by, so that every seat is of another person: nobody hears it.
  const seats = { ...gapless, population: { tokens, rooms: ['-'] } };
  const rooms = granted.flatMap((person) => person.rooms);
  const loaded = await connectTo(gaplessStack(seats, commit()), generator, { clients, hearing: false });
  return { name, sample: () => loaded.ingest({ ...shape, rooms, roomsEach }) };
}
