import { Failure } from '@gapless/shared/errors';
import { decisive, fromStore, maxTimeMS, putOutboxRow } from '@gapless/shared/outbox';
import { type DeleteEvent, type EventRow, logIndexes, type OpId } from '@gapless/shared/schema';
import { type AnyBulkWriteOperation, type Db, MongoBulkWriteError, type WriteError } from 'mongodb';
import { refusingIndex } from './duplicate-key.ts';
import { type Duplicates, type MessageStore, NumberReused } from './message-store.ts';
import { createMongoFolding } from './mongo-folding.ts';
import { away, isRefusal, patiently } from './mongo-patience.ts';

export interface RoomRow {
  readonly _id: string;
  /** Of its newest message, for lists of rooms. */
  readonly last?: LastRow;
}

export interface LastRow {
  readonly s: number;
  readonly u: string;
  readonly at: Date;
  readonly text: string;
  /** How many files it has. */
  readonly files?: number;
  /** Sequence of the event that made `text` what it is. */
  readonly ver: number;
}

const index = { clientId: 'client_id', op: 'op' } as const;
const duplicateKey = 11000;
/** A row can be refused for its client id, then for its op, then for its number. */
const rounds = 4;

export function createMongoMessageStore(db: Db): MessageStore {
  const events = db.collection<EventRow>('events', decisive);
  const rooms = db.collection<RoomRow>('rooms', decisive);
  const folding = createMongoFolding(db);

  async function prepare(): Promise<void> {
    await patiently('indexing events', () => events.createIndexes([...logIndexes.events]));
    await folding.prepare();
  }

  async function write(rows: readonly EventRow[]): ReturnType<MessageStore['write']> {
    const duplicates = new Map<number, number>();
    const refused = new Set<number>();
    let left = [...rows];
    for (let round = 0; left.length > 0; round++) {
      if (round === rounds) throw new Failure('store_unavailable', { detail: 'rows are refused again and again' });
      left = await settle(await insert(left, refused), duplicates);
    }
    return { duplicates, refused };
  }

  /** Rows that were there, or have what is unique, each with the index that says so. */
  async function insert(rows: readonly EventRow[], refused: Set<number>): Promise<(readonly [EventRow, string])[]> {
    try {
      const wr = new Date();
      const dated = rows.map((row) => ({ ...row, wr }));
      await fromStore('writing events', events.insertMany(dated, { ordered: false }));
      return [];
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError)) return away(error);
      return error.result.getWriteErrors().flatMap((refusal) => {
        const row = rows[refusal.index];
        if (row === undefined) return away(error);
        if (!isRefusal(refusal)) return [[row, indexOf(refusal, error)] as const];
        refused.add(row.s);
        return [];
      });
    }
  }

  /** What is stored already is done; what has a known client id or op remains, as the duplicate that it is. */
  async function settle(
    refusals: readonly (readonly [EventRow, string])[],
    duplicates: Map<number, number>,
  ): Promise<EventRow[]> {
    const there = await storedOf(refusals.map(([row]) => row._id));
    const left: EventRow[] = [];
    for (const [row, name] of refusals) {
      const same = there.get(row._id);
      if (same !== undefined && !isSame(same, row)) throw new NumberReused(row._id);
      if (same === undefined) left.push(await duplicateOf(row, name));
      const { dupOf } = same ?? (left.at(-1) as EventRow);
      if (dupOf !== undefined) duplicates.set(row.s, dupOf);
    }
    return left;
  }

  async function storedOf(ids: readonly string[]): Promise<ReadonlyMap<string, EventRow>> {
    if (ids.length === 0) return new Map();
    const query = () => events.find({ _id: { $in: [...ids] } }, { maxTimeMS }).toArray();
    const found = await patiently('looking events up', query);
    return new Map(found.map((row) => [row._id, row]));
  }

  async function duplicateOf(row: EventRow, name: string): Promise<EventRow> {
    const first = await patiently('looking an event up', () => events.findOne(holderOf(row, name), { maxTimeMS }));
    if (first === null) throw new Failure('store_unavailable', { detail: `what refused ${row._id} is gone` });
    return name === index.op ? withoutOp(row, first.s) : withoutClientId(row, first.s);
  }

  return {
    prepare,
    write,
    async noteLast(messages) {
      if (messages.length === 0) return;
      const updates: AnyBulkWriteOperation<RoomRow>[] = messages.map(({ room, s, u, at, text, files }) => ({
        updateOne: {
          filter: { _id: room, $or: [{ last: { $exists: false } }, { 'last.s': { $lt: s } }] },
          update: { $set: { last: { s, u, at, text, ...(files > 0 ? { files } : {}), ver: s } } },
        },
      }));
      await patiently('noting last messages', () => rooms.bulkWrite(updates, { ordered: false }));
    },
    fold: folding.fold,
    async hide(rows, duplicates) {
      const again = rows.filter(({ k, s }) => k === 'msg' && duplicates.has(s));
      for (const row of again)
        await patiently('hiding a duplicate', () => putOutboxRow(db, takenBack(row, duplicates)));
    },
  };
}

function indexOf({ code, errmsg }: WriteError, cause: Error): string {
  const name = code === duplicateKey ? refusingIndex(errmsg ?? '') : undefined;
  return name ?? away(cause);
}

/** Whoever has what the index found taken. */
function holderOf(row: EventRow, name: string) {
  if (name === index.clientId && row.c !== undefined) return { r: row.r, u: row.u, k: row.k, c: row.c };
  if (name === index.op && row.op !== undefined) return { op: row.op };
  return { _id: row._id };
}

/** Nor is it a reply: its thread has the first one. */
function withoutClientId({ c, th, also, ...row }: EventRow, dupOf: number): EventRow {
  return { ...row, ...(c === undefined ? {} : { dc: c }), dupOf };
}

function withoutOp({ op, ...row }: EventRow, dupOf: number): EventRow {
  return op === undefined ? row : { ...row, dop: op, dupOf };
}

const isSame = (a: EventRow, b: EventRow): boolean =>
  a.u === b.u &&
  a.k === b.k &&
  (a.c ?? a.dc) === (b.c ?? b.dc) &&
  (a.op ?? a.dop) === (b.op ?? b.dop) &&
  a.at.getTime() === b.at.getTime();

/** The same row however often it is made: it leaves the outbox once, and lands as one op. */
function takenBack({ r, s, u, at }: EventRow, duplicates: Duplicates) {
  const dupOf = duplicates.get(s) as number;
  const event: DeleteEvent = { v: 1, t: 'del', r, u, at: at.getTime(), m: s, dupOf };
  return { _id: `dup:${r}:${s}` as OpId, r, ver: 0, event: JSON.stringify(event), us: [] };
}
