import type { LocalSystem } from '@gapless/shared/local';
import { MongoClient } from 'mongodb';
import type { Person } from '../actors/person.ts';
import { compareRoom } from './compare.ts';
import type { Harm, LoggedEvent, Reading, RoomEvidence } from './evidence.ts';
import type { LogReader } from './log-reader.ts';
import type { Member } from './member.ts';
import { readingOf } from './reading.ts';
import { storedRows, storedState } from './stored.ts';

export interface Verdict {
  readonly harms: readonly Harm[];
  /** Events in the log of the rooms that were compared. */
  readonly events: number;
  /** Of the rooms in which there was harm. */
  readonly evidence: readonly RoomEvidence[];
}

interface Case {
  readonly system: LocalSystem;
  readonly log: LogReader;
  readonly members: readonly Member[];
  /** Rooms, each with those who read its history: members at the end. */
  readonly rooms: readonly JudgedRoom[];
  /** Longest wait until everybody has everything; who has not by then lacks it. */
  readonly patienceMs?: number;
}

interface JudgedRoom {
  readonly id: string;
  readonly sees?: 'all' | 'joined';
  readonly readers: readonly Person[];
}

const stream = 'ROOM_0';
const persistMs = 60_000;
/** Who awakes may need a moment to see that somebody else writes. */
const standDownMs = 5_000;

/** Waits until nothing is under way any more, gathers what everybody says, and compares it. */
export async function judge({ system, log, members, rooms, patienceMs = 60_000 }: Case): Promise<Verdict> {
  await patiently(patienceMs, () => members.every(({ outbox }) => outbox.unsettled === 0));
  const logged = await settledLog(log, members, rooms, patienceMs);
  const client = new MongoClient(system.mongoUrl, { serverSelectionTimeoutMS: 20_000 });
  const harms: Harm[] = [];
  const evidence: RoomEvidence[] = [];
  try {
    await persisted(client, Math.max(0, ...[...logged.values()].map((events) => events.at(-1)?.s ?? 0)));
    for (const room of rooms) {
      const told = await gather({ client, room, log: logged.get(room.id) ?? [], members });
      const found = compareRoom(told);
      harms.push(...found);
      if (found.length > 0) evidence.push(told);
    }
  } finally {
    await client.close();
  }
  harms.push(...(await secondWriters(system)));
  const events = rooms.reduce((sum, { id }) => sum + (logged.get(id) ?? []).length, 0);
  return { harms, events, evidence };
}

interface Sources {
  readonly client: MongoClient;
  readonly room: JudgedRoom;
  readonly log: readonly LoggedEvent[];
  readonly members: readonly Member[];
}

async function gather({ client, room, log, members }: Sources): Promise<RoomEvidence> {
  const { id, sees = 'all', readers } = room;
  const ofRoom = (told: { readonly room: string }): boolean => told.room === id;
  const readings: Reading[] = [];
  for (const reader of readers) readings.push(await readingOf(reader, id));
  return {
    ...{ room: id, sees, log, readings },
    rows: await storedRows(client, id),
    state: await storedState(client, id),
    deeds: members.flatMap((member) => member.deeds().filter(ofRoom)),
    showings: members.flatMap((member) => member.showings().filter(ofRoom)),
  };
}

async function secondWriters(system: LocalSystem): Promise<Harm[]> {
  let writers = 0;
  await patiently(standDownMs, async () => {
    writers = await writersOf(system);
    return writers <= 1;
  });
  return writers <= 1 ? [] : [{ kind: 'two writers', what: `${writers} log workers hold the lease of one stream` }];
}

/** The log once every member has come to the end of each room, or the time for it is over. */
async function settledLog(
  log: LogReader,
  members: readonly Member[],
  rooms: Case['rooms'],
  patienceMs: number,
): Promise<ReadonlyMap<string, LoggedEvent[]>> {
  let logged = await log.finish();
  const isThere = (member: Member): boolean =>
    member.whole && rooms.every(({ id }) => member.cursor(id) >= (logged.get(id)?.at(-1)?.s ?? 0));
  await patiently(patienceMs, async () => {
    logged = await log.finish();
    return members.every(isThere);
  });
  return logged;
}

async function patiently(deadlineMs: number, check: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await check()) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
}

interface Watermark {
  readonly _id: string;
  readonly seq: number;
}

/** MongoDB holds everything up to there, and has folded it. */
async function persisted(client: MongoClient, seq: number): Promise<void> {
  const watermarks = client.db('gapless').collection<Watermark>('watermarks');
  await patiently(persistMs, async () => ((await watermarks.findOne({ _id: stream }))?.seq ?? 0) >= seq);
}

/** How many workers say that they write the one stream. */
async function writersOf({ workers }: LocalSystem): Promise<number> {
  const held = await Promise.all(
    workers.map(async ({ adminUrl }) => {
      const metrics = await (await fetch(`${adminUrl}/metrics`, { signal: AbortSignal.timeout(5_000) })).text();
      return Number(/^gapless_leases_held\{[^}]*\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
    }),
  );
  return held.reduce((sum, leases) => sum + leases, 0);
}
