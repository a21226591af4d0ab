import type { LocalSystem } from '@gapless/shared/local';
import type { RoomId } from '@gapless/shared/schema';
import type { Teardown } from '@gapless/shared/testing';
import { type Db, MongoClient } from 'mongodb';
import type { Test } from 'tap';
import type { Person } from './person.ts';
import type { Acknowledged } from './sender.ts';
import type { EventFrame } from './socket.ts';

export interface EventRow {
  readonly _id: string;
  readonly r: RoomId;
  readonly s: number;
  readonly u: string;
  readonly k: string;
  readonly c?: string;
  readonly op?: string;
  readonly raw: string;
  readonly cur?: { readonly text: string };
  readonly del?: true;
  readonly dupOf?: number;
}

export interface HistoryItem {
  readonly sequence: number;
  readonly kind: string;
  readonly user: string;
  readonly clientId?: string;
  readonly body?: { readonly text: string };
  readonly edited?: string;
  readonly deleted?: true;
  readonly reactions?: readonly { readonly emoji: string; readonly count: number; readonly mine: boolean }[];
}

/** The database of a system, for a look behind the scenes. */
export async function openDatabase(t: Teardown, system: LocalSystem): Promise<Db> {
  const client = new MongoClient(system.mongo.url, { serverSelectionTimeoutMS: 20_000 });
  t.teardown(() => client.close());
  return client.db('gapless');
}

export const rowsOf = (db: Db, room: RoomId): Promise<EventRow[]> =>
  db.collection<EventRow>('events').find({ r: room }).sort({ _id: 1 }).toArray();

/** The whole history, page by page, oldest first. */
export async function historyOf(person: Person, room: RoomId, pageSize = 100): Promise<HistoryItem[]> {
  const items: HistoryItem[] = [];
  for (let before = ''; ; ) {
    const page = await historyPage(person, `/v1/rooms/${room}/messages?limit=${pageSize}${before}`);
    items.push(...page);
    const oldest = page.at(-1);
    if (oldest === undefined) return items.reverse();
    before = `&before=${oldest.sequence}`;
  }
}

/** As a client does: a 503 says that the log or MongoDB is away, often because a test has just restarted it. */
async function historyPage(person: Person, path: string): Promise<readonly HistoryItem[]> {
  const end = Date.now() + 20_000;
  for (;;) {
    const { status, body } = await person.get<{ items: HistoryItem[] }>(path);
    if (status === 200) return body.items;
    if (status !== 503 || Date.now() > end) throw new Error(`history answered ${status}: ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export async function expectKept(
  t: Test,
  system: LocalSystem,
  reader: Person,
  room: RoomId,
  acknowledged: readonly Acknowledged[],
): Promise<void> {
  const db = await openDatabase(t, system);
  await expectKeptIn(t, (room) => rowsOf(db, room), reader, room, acknowledged);
}

/** Every acknowledged message is in MongoDB and in history, once, under its number, and both tell the same order. */
export async function expectKeptIn(
  t: Test,
  readRows: ReadRows,
  reader: Person,
  room: RoomId,
  acknowledged: readonly Acknowledged[],
): Promise<void> {
  const rows = await persisted(readRows, room, acknowledged);
  const messages = rows.filter(({ k }) => k === 'msg');
  const at = new Map(messages.map((row) => [row.c, row.s]));
  t.strictSame(
    acknowledged.filter(({ clientId, seq }) => at.get(clientId) !== seq),
    [],
    'acknowledged is in MongoDB, under its number',
  );
  t.equal(new Set(messages.map(({ c }) => c)).size, messages.length, 'none is there twice');
  const texts = new Map(acknowledged.map(({ clientId, text }) => [clientId, text]));
  const wrong = messages.filter(({ c, raw }) => texts.has(c ?? '') && JSON.parse(raw).b.text !== texts.get(c ?? ''));
  t.strictSame(wrong, [], 'with the text that was sent');
  const history = await historyOf(reader, room);
  t.strictSame(
    history.filter(({ kind }) => kind === 'msg').map(({ sequence, clientId }) => [sequence, clientId]),
    messages.map(({ s, c }) => [s, c]),
    'history tells the same',
  );
}

/** All rows of a room, by number. */
type ReadRows = (room: RoomId) => Promise<EventRow[]>;

async function persisted(readRows: ReadRows, room: RoomId, acknowledged: readonly Acknowledged[]): Promise<EventRow[]> {
  const last = Math.max(0, ...acknowledged.map(({ seq }) => seq));
  const end = Date.now() + 60_000;
  for (;;) {
    const rows = await readRows(room);
    const enough = (rows.at(-1)?.s ?? 0) >= last && rows.length >= acknowledged.length;
    if (enough || Date.now() > end) return rows;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The frames hold every event of the room from the first one on, each naming the one before it. */
export function chainFaults(frames: readonly EventFrame[]): string[] {
  return frames.slice(1).flatMap(({ s, p }, n) => {
    const before = frames[n] as EventFrame;
    if (s <= before.s) return [`${s} came after ${before.s}`];
    return p === before.s ? [] : [`${s} names ${p}, but ${before.s} came before it`];
  });
}
