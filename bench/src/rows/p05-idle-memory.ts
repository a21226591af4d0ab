import type { LocalService } from '@gapless/shared/local';
import type { RoomId } from '@gapless/shared/schema';
import { usageOf } from '../cpu.ts';
import { FleetTally } from '../fleet/fleet-tally.ts';
import { Member } from '../fleet/member.ts';
import type { Measured } from '../rounds.ts';
import { type Gapless, startGapless } from '../scenarios/gapless.ts';
import { type GrantedPerson, grant, newRooms } from '../scenarios/granted-people.ts';
import { slopeOf, type XY } from '../slope.ts';
import { type BenchRow, once, type RowContext } from './row.ts';

const people = { accounts: 1, rooms: 1, edgeCount: 1 };
/** The first few bring code and pools into memory, which the others share; the heap's slack is not in a slope of several. */
const counts = [500, 3_000, 5_500, 8_000];
const most = Math.max(...counts);
const roomsEach = 5;
const dialsAtOnce = 100;
/** Memory is read once it has not shrunk for some looks. */
const rest = { lookMs: 1_000, looks: 5, longestMs: 12_000 };
const edgeEnv = { NODE_OPTIONS: `--expose-gc --import=${new URL('../collecting-edge.js', import.meta.url).href}` };
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What an authenticated connection keeps in memory while nothing happens on it. */
export const idleMemory: BenchRow = {
  id: 'P5',
  title: 'memory of an idle authenticated connection',
  targets: [
    { key: 'P5 KB/shared rooms', figure: 'KB a connection in 5 rooms that all share', wanted: { atMost: 4 } },
    { key: 'P5 KB/own rooms', figure: 'KB a connection in 5 direct rooms of its own', wanted: { atMost: 10 } },
  ],
  budgetSeconds: 120,
  run: async (context) => {
    const gapless = await startGapless(context.ends, { ...people, edgeEnv });
    const shared = newRooms(roomsEach);
    const inShared = await memoryOf(context, gapless, () => shared);
    const inOwn = await memoryOf(context, gapless, () => newRooms(roomsEach));
    const side = (name: string, points: readonly XY[]) => ({
      name,
      measures: { 'KB a connection': slopeOf(points), 'MB at most': once((points.at(-1)?.[1] ?? 0) / 1024).value },
    });
    return {
      shape: `1 edge, each connection of a user of its own; what each adds to RSS at rest, behind a collection, over ${counts.join(', ')} connections`,
      values: { 'P5 KB/shared rooms': measuredOf(inShared), 'P5 KB/own rooms': measuredOf(inOwn) },
      sides: [side('Gapless, 5 shared rooms', inShared), side('Gapless, 5 rooms of its own', inOwn)],
      plots: [
        {
          title: 'Memory of the edge against connections',
          x: { label: 'connections' },
          y: { label: 'KB' },
          series: [
            { name: 'Gapless, 5 shared rooms', points: inShared },
            { name: 'Gapless, 5 rooms of its own', points: inOwn },
          ],
        },
      ],
      remarks: [],
    };
  },
};

/** On an edge that has just started: what one has given back to its heap would be nobody's. */
async function memoryOf({ progress }: RowContext, { system, urls }: Gapless, roomsOf: () => RoomId[]): Promise<XY[]> {
  const [edge] = system.edges as [LocalService];
  await edge.stop();
  await edge.start();
  const granted = await grant(system, Array.from({ length: most }, roomsOf));
  const members: Member[] = [];
  const points: XY[] = [];
  for (const count of counts) {
    await connect(members, granted.slice(members.length, count), urls);
    points.push([count, (await bytesAtRest(edge)) / 1024]);
  }
  for (const member of members) member.cut();
  progress(`${slopeOf(points).median.toFixed(1)} KB a connection`);
  return points;
}

const measuredOf = (points: readonly XY[]): Measured => ({ ...once(Number.NaN), value: slopeOf(points) });

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

/** What connecting has left is collected: V8 does so by itself at rest, but it would take a minute each time. */
async function bytesAtRest(edge: LocalService): Promise<number> {
  await sleep(rest.lookMs);
  process.kill(edge.pid(), 'SIGUSR2');
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
