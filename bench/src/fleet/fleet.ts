import { nowUs } from '../load/clock.ts';
import type { LatencySummary } from '../load/latency.ts';
import { Schedule } from '../load/schedule.ts';
import type { Population } from '../scenarios/population.ts';
import { FleetTally } from './fleet-tally.ts';
import { Member, type MemberSeat } from './member.ts';

export interface FleetShape {
  readonly members: number;
  /** Of the population's, for each member. */
  readonly roomsEach: number;
}

/** What became of everything that was sent. */
export interface FleetReport {
  readonly acknowledged: number;
  /** Sends whose fate nobody learned. */
  readonly unknown: number;
  /** Acknowledged messages times members that did not get them. */
  readonly lost: number;
  /** Events that came twice, and messages that nobody was told of: sent again, they were stored twice. */
  readonly doubled: number;
  /** Events that named one before them which had not come. */
  readonly holes: number;
  readonly lags: number;
  readonly resume: LatencySummary;
  readonly delivery: LatencySummary;
  readonly departures: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
}

export interface Fleet {
  readonly members: readonly Member[];
  readonly tally: FleetTally;
  /** So many sends a second, by members and rooms in turns, until `stop`. */
  send(perSecond: number): { stop(): void };
  /** Waits until all is acknowledged and delivered, or the time is over. */
  settle(deadlineMs: number): Promise<FleetReport>;
  close(): void;
}

const tickMs = 1;
const sources = 8;
/** For what comes twice. */
const momentMs = 300;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export const openFleet = (urls: readonly string[], people: Population, shape: FleetShape): Promise<Fleet> =>
  openMembers(Array.from({ length: shape.members }, (_, n) => seatOf(n, urls, people, shape)));

/** Who sits where they are told to. */
export async function openMembers(seats: readonly MemberSeat[]): Promise<Fleet> {
  const tally = new FleetTally();
  const members = seats.map((seat) => new Member(seat, tally));
  await Promise.all(members.map((member) => member.connect()));
  const lacking = () => members.reduce((sum, member) => sum + lackOf(member, tally), 0);
  const unknown = () => members.reduce((sum, { unacknowledged }) => sum + unacknowledged, 0);
  return {
    members,
    tally,
    send: (perSecond) => sendPaced(members, perSecond),
    settle: async (deadlineMs) => {
      const end = Date.now() + deadlineMs;
      while ((unknown() > 0 || lacking() > 0) && Date.now() < end) await pause(100);
      await pause(momentMs);
      const again = unknown() > 0 ? 0 : storedAgain(members, tally.stored);
      const { faults, lags, resumes, deliveries, departures, refusals, stored } = tally;
      return {
        acknowledged: [...stored.values()].reduce((sum, seqs) => sum + seqs.length, 0),
        ...{ unknown: unknown(), lost: lacking(), doubled: faults.doubled + again, holes: faults.lost, lags },
        ...{ resume: resumes.summary(), delivery: deliveries.summary(), departures, refusals },
      };
    },
    close: () => {
      for (const member of members) member.cut();
    },
  };
}

/** Neighbours in a room are on different edges. */
function seatOf(n: number, urls: readonly string[], { tokens, rooms }: Population, { roomsEach }: FleetShape) {
  const mine = Array.from({ length: roomsEach }, (_, k) => rooms[(n * roomsEach + k) % rooms.length] as string);
  return {
    urls: [...urls.slice(n % urls.length), ...urls.slice(0, n % urls.length)],
    localAddress: `127.0.0.${2 + (n % sources)}`,
    token: tokens[n % tokens.length] as string,
    rooms: mine,
  };
}

function sendPaced(members: readonly Member[], perSecond: number): { stop(): void } {
  const schedule = new Schedule({ t0Us: nowUs(), perSecond });
  const timer = setInterval(() => {
    schedule.takeDue(nowUs(), (index) => {
      const member = members[index % members.length] as Member;
      const { rooms } = member.seat;
      member.send(rooms[Math.floor(index / members.length) % rooms.length] as string);
    });
  }, tickMs);
  return { stop: () => clearInterval(timer) };
}

/**
 * Messages that came, and were acknowledged to nobody. Once the fate of every send is known there may be none: a send that is
 * repeated after a lost answer is the same message. Only members send to their rooms, and what one resumes from lies before.
 */
export function storedAgain(
  members: readonly Pick<Member, 'received'>[],
  stored: ReadonlyMap<string, readonly number[]>,
): number {
  const known = new Map([...stored].map(([room, seqs]) => [room, new Set(seqs)]));
  const strange = new Set<string>();
  for (const { received } of members)
    for (const [room, seqs] of received)
      for (const seq of seqs) if (known.get(room)?.has(seq) !== true) strange.add(`${room} ${seq}`);
  return strange.size;
}

/** Acknowledged messages of its rooms that did not come. */
function lackOf({ seat, received }: Member, { stored }: FleetTally): number {
  let lack = 0;
  for (const room of seat.rooms) {
    const got = new Set(received.get(room));
    for (const seq of stored.get(room) ?? []) if (!got.has(seq)) lack++;
  }
  return lack;
}
