import { Failure } from '@gapless/shared/errors';
import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import { type AnyBulkWriteOperation, type Db, MongoBulkWriteError, MongoError, type WriteError } from 'mongodb';
import { refusingIndex } from './duplicate-key.ts';
import { type MessageStore, NumberReused } from './message-store.ts';
import type { EventRow } from './row.ts';

interface RoomRow {
  readonly _id: string;
}

const index = { id: '_id_', clientId: 'client_id', op: 'op', history: 'history' } as const;
const duplicateKey = 11000;
/** A row can be refused for its client id, then for its op, then for its number. */
const rounds = 4;

export function createMongoMessageStore(db: Db): MessageStore {
  const events = db.collection<EventRow>('events', decisive);
  const rooms = db.collection<RoomRow>('rooms', decisive);

  async function prepare(): Promise<void> {
    const exists = (field: string) => ({ [field]: { $exists: true } });
    await patiently('indexing events', () =>
      events.createIndexes([
        {
          name: index.clientId,
          key: { r: 1, u: 1, k: 1, c: 1 },
          unique: true,
          partialFilterExpression: exists('c'),
        },
        { name: index.op, key: { op: 1 }, unique: true, partialFilterExpression: exists('op') },
        { name: index.history, key: { r: 1, s: 1 }, partialFilterExpression: { k: 'msg' } },
      ]),
    );
  }

  async function write(rows: readonly EventRow[]): Promise<{ duplicates: Set<number> }> {
    const duplicates = new Set<number>();
    let left = [...rows];
    for (let round = 0; left.length > 0; round++) {
      if (round === rounds) throw new Failure('store_unavailable', { detail: 'rows are refused again and again' });
      left = await settle(await insert(left), duplicates);
    }
    return { duplicates };
  }

  /** Rows that were refused, each with the index that refused it. */
  async function insert(rows: readonly EventRow[]): Promise<(readonly [EventRow, string])[]> {
    try {
      await fromStore('writing events', events.insertMany([...rows], { ordered: false }));
      return [];
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError)) return away(error);
      return error.result.getWriteErrors().map((refusal) => refused(rows, refusal, error));
    }
  }

  /** What is stored already is done; what has a known client id or op remains, as the duplicate that it is. */
  async function settle(
    refusals: readonly (readonly [EventRow, string])[],
    duplicates: Set<number>,
  ): Promise<EventRow[]> {
    const there = await storedOf(refusals.map(([row]) => row._id));
    const left: EventRow[] = [];
    for (const [row, name] of refusals) {
      const same = there.get(row._id);
      if (same !== undefined && !isSame(same, row)) throw new NumberReused(row._id);
      if (same === undefined) left.push(await duplicateOf(row, name));
      if ((same ?? left.at(-1))?.dupOf !== undefined) duplicates.add(row.s);
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
      // `$max` compares field by field, so `s` stands first.
      const updates: AnyBulkWriteOperation<RoomRow>[] = messages.map(({ room, s, u, at, text }) => ({
        updateOne: { filter: { _id: room }, update: { $max: { last: { s, u, at, text } } } },
      }));
      await patiently('noting last messages', () => rooms.bulkWrite(updates, { ordered: false }));
    },
  };
}

function refused(rows: readonly EventRow[], refusal: WriteError, cause: Error): readonly [EventRow, string] {
  const row = rows[refusal.index];
  const name = refusal.code === duplicateKey ? refusingIndex(refusal.errmsg ?? '') : undefined;
  if (row === undefined || name === undefined) throw new Failure('store_unavailable', { cause });
  return [row, name];
}

/** Whoever has what the index found taken. */
function holderOf(row: EventRow, name: string) {
  if (name === index.clientId && row.c !== undefined) return { r: row.r, u: row.u, k: row.k, c: row.c };
  if (name === index.op && row.op !== undefined) return { op: row.op };
  return { _id: row._id };
}

function withoutClientId({ c, ...row }: EventRow, dupOf: number): EventRow {
  return c === undefined ? row : { ...row, dc: c, dupOf };
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

/** Whatever the store says but an answer, the same write is tried again: nothing is ever skipped. */
function away(error: unknown): never {
  if (error instanceof MongoError) throw new Failure('store_unavailable', { cause: error });
  throw error;
}

const patiently = <T>(what: string, work: () => Promise<T>): Promise<T> => fromStore(what, work()).catch(away);
