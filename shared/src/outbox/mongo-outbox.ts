import { type ClientSession, type Db, MongoServerError } from 'mongodb';
import type { OpId, RoomId } from '../schema/index.ts';
import { decisive, fromStore, maxTimeMS } from './mongo-call.ts';
import type { LeftBehind, Outbox, OutboxRow, WaitingRow } from './outbox.ts';

type StoredRow = OutboxRow & { readonly at: Date };

interface LeaseRow {
  readonly _id: RoomId;
  readonly by: string;
  readonly until: Date;
}

const ageMs = { $subtract: ['$$NOW', '$at'] };
const duplicateKey = 11000;
/** Rows looked through for rooms left behind: a room with many rows must not hide the others. */
const rowsScanned = 5_000;

export async function createOutboxIndexes(db: Db): Promise<void> {
  await db
    .collection('outbox')
    .createIndexes([{ key: { r: 1, ver: 1 } }, { key: { at: 1 } }, { key: { inbox: 1, at: 1 } }]);
}

/** Part of the transaction of the change: stamped by the store's clock, which is the one that ages it. */
export async function insertOutboxRow(db: Db, session: ClientSession, row: OutboxRow): Promise<void> {
  await db.collection<StoredRow>('outbox').updateOne({ _id: row._id }, stamped(row), { upsert: true, session });
}

/** Several at once, as part of a transaction. */
export async function insertOutboxRows(db: Db, session: ClientSession, rows: readonly OutboxRow[]): Promise<void> {
  const puts = rows.map((row) => ({ updateOne: { filter: { _id: row._id }, update: stamped(row), upsert: true } }));
  await db.collection<StoredRow>('outbox').bulkWrite(puts, { session, ordered: false });
}

/** By itself, for a change whose state is written already. May be repeated. */
export async function putOutboxRow(db: Db, row: OutboxRow): Promise<void> {
  await db.collection<StoredRow>('outbox', decisive).updateOne({ _id: row._id }, stamped(row), { upsert: true });
}

function stamped({ _id, ...rest }: OutboxRow) {
  const fields = Object.entries(rest).map(([name, value]) => [name, { $literal: value }] as const);
  const ver = rest.inbox === true ? { ver: { $toLong: '$$NOW' } } : {};
  return [{ $set: { ...Object.fromEntries(fields), ...ver, at: '$$NOW' } }];
}

export function createMongoOutbox(db: Db): Outbox {
  const rows = db.collection<StoredRow>('outbox', decisive);
  const leases = db.collection<LeaseRow>('outbox_leases', decisive);
  const older = (ms: number) => ({ $expr: { $lt: ['$at', { $subtract: ['$$NOW', ms] }] } });

  async function oldest(inbox: true | null, { olderThanMs, limit, except }: LeftBehind): Promise<RoomId[]> {
    const stages = [
      { $match: { inbox, r: { $nin: [...except] }, ...older(olderThanMs) } },
      { $sort: { at: 1 } },
      { $limit: rowsScanned },
      { $group: { _id: '$r', at: { $min: '$at' } } },
      { $sort: { at: 1 } },
      { $limit: limit },
    ];
    const found = rows.aggregate<{ _id: RoomId }>(stages, { maxTimeMS }).toArray();
    return (await fromStore('reading the outbox', found)).map((room) => room._id);
  }

  return {
    waiting(room, limit) {
      const stages = [{ $match: { r: room } }, { $sort: { ver: 1 } }, { $limit: limit }, { $set: { ageMs } }];
      return fromStore('reading the outbox', rows.aggregate<WaitingRow>(stages, { maxTimeMS }).toArray());
    },
    async has(op: OpId) {
      const found = rows.findOne({ _id: op }, { projection: { _id: 1 }, maxTimeMS });
      return (await fromStore('reading the outbox', found)) !== null;
    },
    async remove(op) {
      await fromStore('clearing the outbox', rows.deleteOne({ _id: op }, { maxTimeMS }));
    },
    async noteSwept(op, user) {
      await fromStore('noting a sweep', rows.updateOne({ _id: op }, { $set: { swept: user } }, { maxTimeMS }));
    },
    async leftBehind(which) {
      const rooms = await oldest(null, which);
      const more = which.limit - rooms.length;
      return more > 0 ? [...rooms, ...(await oldest(true, { ...which, limit: more }))] : rooms;
    },
    async oldestAgeMs() {
      const stages = [{ $sort: { at: 1 } }, { $limit: 1 }, { $project: { ageMs } }];
      const [oldest] = await fromStore(
        'reading the outbox',
        rows.aggregate<{ ageMs: number }>(stages, { maxTimeMS }).toArray(),
      );
      return oldest?.ageMs ?? 0;
    },
    count: () => fromStore('counting the outbox', rows.estimatedDocumentCount({ maxTimeMS })),
    async lease(room, by, ms) {
      // A lease that is not there compares as ended.
      const free = { $or: [{ $lt: ['$until', '$$NOW'] }, { $eq: ['$by', by] }] };
      const until = { $cond: [free, { $add: ['$$NOW', ms] }, '$until'] };
      const taken = leases.findOneAndUpdate({ _id: room }, [{ $set: { by: { $cond: [free, by, '$by'] }, until } }], {
        upsert: true,
        returnDocument: 'after',
        maxTimeMS,
      });
      try {
        return (await fromStore('leasing a room', taken))?.by === by;
      } catch (error) {
        // Two made the first lease of a room at once: the other one has it.
        if (error instanceof MongoServerError && error.code === duplicateKey) return false;
        throw error;
      }
    },
    async release(room, by) {
      await fromStore('releasing a room', leases.deleteOne({ _id: room, by }, { maxTimeMS }));
    },
  };
}
