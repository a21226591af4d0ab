import { sleep } from '@gapless/shared/runtime';
import { usageOf } from '../cpu.ts';
import { createCpuWatch } from '../cpu-watch.ts';
import { type Fleet, openFleet } from '../fleet/fleet.ts';
import { FleetTally } from '../fleet/fleet-tally.ts';
import { Member, type MemberSeat } from '../fleet/member.ts';
import { faultCount } from '../load/chain.ts';
import { nowUs } from '../load/clock.ts';
import { Latencies, type LatencySummary } from '../load/latency.ts';
import type { Gapless } from './gapless.ts';

/** Every message of a population's rooms, by somebody who heard all of them. */
export type RoomRecord = ReadonlyMap<string, readonly number[]>;

/** Cursors behind which each room has so many messages. */
export function cursorsBefore(record: RoomRecord, rooms: readonly string[], missed: number): Record<string, number> {
  return Object.fromEntries(rooms.map((room) => [room, record.get(room)?.at(-1 - missed) ?? 0]));
}

/** So many messages in each room, and who heard them. */
export async function fillRooms({ urls, population }: Gapless, each: number): Promise<RoomRecord> {
  const fleet = await openFleet(urls, population, { members: 1, roomsEach: population.rooms.length });
  const [member] = fleet.members as [Member];
  for (let n = 0; n < each; n++) {
    for (const room of population.rooms) member.send(room);
    await sleep(50);
  }
  const { unknown, lost } = await fleet.settle(60_000);
  fleet.close();
  if (unknown + lost > 0)
    throw new Error(`${unknown} sends of unknown fate, ${lost} not delivered: nothing to resume from`);
  return member.received;
}

export interface Resumed {
  readonly latency: LatencySummary;
  /** Rooms that did not get exactly what they had missed. */
  readonly wrong: number;
  /** Events that came twice, or named one before them which had not come. */
  readonly faults: number;
  /** Ranges that somebody was told to page. */
  readonly lags: number;
}

/** Neighbours overlap in some of their rooms. */
export const roomsOfClient = <R extends string>(n: number, rooms: readonly R[], roomsEach: number): R[] =>
  Array.from({ length: roomsEach }, (_, k) => rooms[(n + k * 7) % rooms.length] as R);

/** One client after the other comes back to all rooms; from its dial to the last room being live. */
export async function resumeOneByOne(
  { urls, population, pids }: Gapless,
  record: RoomRecord,
  shape: { rounds: number; missed: number; pauseMs: number },
): Promise<Resumed & { readonly cpuMsEach: number }> {
  const watch = createCpuWatch({ servers: [...pids.edges, ...pids.nats] });
  watch.begun();
  const latencies = new Latencies();
  const tally = new FleetTally();
  let wrong = 0;
  for (let n = 0; n < shape.rounds; n++) {
    const seat = seatOf(n, urls, population, record, population.rooms, shape.missed);
    const { us, member } = await timed(seat, tally);
    latencies.record(us);
    wrong += wrongRooms(member, record, shape.missed);
    member.cut();
    await sleep(shape.pauseMs);
  }
  watch.ended();
  const cpuMsEach = watch.spent().ms.servers / shape.rounds;
  return { latency: latencies.summary(), wrong, ...troublesOf(tally), cpuMsEach };
}

/** All come back at the same moment; `ownShare` is what their side took of a core, which is this process' one. */
export async function resumeAtOnce(
  { urls, population, pids }: Gapless,
  record: RoomRecord,
  shape: { clients: number; roomsEach: number; missed: number },
): Promise<Resumed & { readonly allLiveMs: number; readonly cpuMs: number; readonly ownShare: number }> {
  const watch = createCpuWatch({ servers: [...pids.edges, ...pids.nats] });
  watch.begun();
  const latencies = new Latencies();
  const tally = new FleetTally();
  const { rooms } = population;
  const ownCpu = process.cpuUsage();
  const began = nowUs();
  const all = await Promise.all(
    Array.from({ length: shape.clients }, async (_, n) => {
      const mine = roomsOfClient(n, rooms, shape.roomsEach);
      const { us, member } = await timed(seatOf(n, urls, population, record, mine, shape.missed), tally);
      latencies.record(us);
      return member;
    }),
  );
  const allLiveMs = (nowUs() - began) / 1e3;
  const { user, system } = process.cpuUsage(ownCpu);
  watch.ended();
  const wrong = all.reduce((sum, member) => sum + wrongRooms(member, record, shape.missed), 0);
  for (const member of all) member.cut();
  const cpu = { cpuMs: watch.spent().ms.servers, ownShare: (user + system) / 1e3 / allLiveMs };
  return { latency: latencies.summary(), allLiveMs, wrong, ...troublesOf(tally), ...cpu };
}

export interface Memory {
  /** Bytes of each edge: median of the first tenth behind the warm-up, and of the last. */
  readonly edges: readonly { readonly before: number; readonly after: number }[];
  readonly resumes: number;
}

/** Members of a fleet are cut and come back, over and over, while messages flow. */
export async function reconnectForLong(
  { pids }: Gapless,
  fleet: Fleet,
  shape: { seconds: number; perSecond: number; cutsPerSecond: number },
  progress: (line: string) => void,
): Promise<Memory> {
  const warmUp = shape.seconds * 0.25;
  const samples: number[][] = pids.edges.map(() => []);
  const sending = fleet.send(shape.perSecond);
  let resumes = 0;
  const cutting = setInterval(() => {
    const member = fleet.members[resumes++ % fleet.members.length] as Member;
    member.cut();
    void member.connect();
  }, 1_000 / shape.cutsPerSecond);
  for (let second = 0; second < shape.seconds; second++) {
    await sleep(1_000);
    const rss = pids.edges.map((pid) => usageOf(pid).rssBytes);
    if (second % 30 === 0) progress(`${second} s: ${rss.map((bytes) => `${mebibytes(bytes)} MiB`).join(', ')}`);
    if (second >= warmUp) for (const [n, bytes] of rss.entries()) samples[n]?.push(bytes);
  }
  clearInterval(cutting);
  sending.stop();
  return {
    resumes,
    edges: samples.map(growth),
  };
}

export const mebibytes = (bytes: number): number => Math.round(bytes / 1024 ** 2);

function growth(samples: readonly number[]): Memory['edges'][number] {
  const tenth = Math.max(1, Math.ceil(samples.length / 10));
  return { before: medianOf(samples.slice(0, tenth)), after: medianOf(samples.slice(-tenth)) };
}

const medianOf = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function seatOf(
  n: number,
  urls: readonly string[],
  { tokens }: Gapless['population'],
  record: RoomRecord,
  rooms: readonly string[],
  missed: number,
): MemberSeat {
  return {
    urls: [...urls.slice(n % urls.length), ...urls.slice(0, n % urls.length)],
    localAddress: `127.0.0.${2 + (n % 8)}`,
    token: tokens[n % tokens.length] as string,
    rooms,
    since: cursorsBefore(record, rooms, missed),
  };
}

async function timed(seat: MemberSeat, tally: FleetTally): Promise<{ us: number; member: Member }> {
  const member = new Member(seat, tally);
  const began = nowUs();
  await member.connect();
  return { us: nowUs() - began, member };
}

const wrongRooms = ({ seat, received }: Member, record: RoomRecord, missed: number): number =>
  seat.rooms.filter((room) => `${received.get(room)}` !== `${record.get(room)?.slice(-missed)}`).length;

const troublesOf = ({ faults, lags }: FleetTally) => ({ faults: faultCount(faults), lags });
