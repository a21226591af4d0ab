import type { LocalService } from '@gapless/shared/local';
import type { RoomId } from '@gapless/shared/schema';
import { usageOf } from '../cpu.ts';
import { FleetTally } from '../fleet/fleet-tally.ts';
import { Member } from '../fleet/member.ts';
import { type Gapless, startGapless } from '../scenarios/gapless.ts';
import { type GrantedPerson, grant, newRooms } from '../scenarios/granted-people.ts';
import { type BenchRow, once, type RowContext } from './row.ts';

const people = { accounts: 1, rooms: 1, edgeCount: 1 };
/** The first few bring code and pools into memory, which the others share. */
const connections = { first: 500, all: 5_000 };
const roomsEach = 5;
const dialsAtOnce = 100;
/** Memory is read once it has not shrunk for some looks. */
const rest = { lookMs: 1_000, looks: 8, longestMs: 30_000 };
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What an authenticated connection keeps in memory while nothing happens on it. */
export const idleMemory: BenchRow = {
  id: 'P5',
  title: 'memory of an idle authenticated connection',
  targets: [
    { key: 'P5 KB/shared rooms', figure: 'KB a connection in 5 rooms that all share', wanted: { atMost: 4 } },
    { key: 'P5 KB/own rooms', figure: 'KB a connection in 5 direct rooms of its own', wanted: { atMost: 10 } },
  ],
  budgetSeconds: 180,
  run: async (context) => {
    const gapless = await startGapless(context.ends, people);
    const shared = newRooms(roomsEach);
    const inShared = await kilobytesEach(context, gapless, () => shared);
    const inOwn = await kilobytesEach(context, gapless, () => newRooms(roomsEach));
    const measure = (kilobytes: number) => ({ 'KB a connection': once(kilobytes).value });
    return {
      shape: `${connections.all} connections on 1 edge, each of a user of its own; RSS at rest beyond the first ${connections.first}`,
      values: { 'P5 KB/shared rooms': once(inShared), 'P5 KB/own rooms': once(inOwn) },
      sides: [
        { name: 'Gapless, 5 shared rooms', measures: measure(inShared) },
        { name: 'Gapless, 5 rooms of its own', measures: measure(inOwn) },
      ],
      plots: [],
      remarks: [],
    };
  },
};

/** On an edge that has just started: what one has given back to its heap would be nobody's. */
async function kilobytesEach({ progress }: RowContext, { system, urls }: Gapless, roomsOf: () => RoomId[]) {
  const [edge] = system.edges as [LocalService];
  await edge.stop();
  await edge.start();
  const granted = await grant(system, Array.from({ length: connections.all }, roomsOf));
  const members: Member[] = [];
  await connect(members, granted.slice(0, connections.first), urls);
  const before = await bytesAtRest(edge);
  await connect(members, granted.slice(connections.first), urls);
  const after = await bytesAtRest(edge);
  for (const member of members) member.cut();
  const kilobytes = (after - before) / 1024 / (connections.all - connections.first);
  progress(`${kilobytes.toFixed(1)} KB a connection`);
  return kilobytes;
}

async function connect(into: Member[], granted: readonly GrantedPerson[], urls: readonly string[]): Promise<void> {
  const tally = new FleetTally();
  for (let from = 0; from < granted.length; from += dialsAtOnce) {
    const some = granted.slice(from, from + dialsAtOnce).map(({ token, rooms }, n) => {
      return new Member({ urls, localAddress: `127.0.0.${2 + (n % 8)}`, token, rooms }, tally);
    });
    into.push(...some);
    await Promise.all(some.map((member) => member.connect()));
  }
}

async function bytesAtRest(edge: LocalService): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  let since = 0;
  for (const end = Date.now() + rest.longestMs; since < rest.looks && Date.now() < end; since++) {
    await sleep(rest.lookMs);
    const { rssBytes } = usageOf(edge.pid());
    if (rssBytes < least) since = 0;
    least = Math.min(least, rssBytes);
  }
  return usageOf(edge.pid()).rssBytes;
}
