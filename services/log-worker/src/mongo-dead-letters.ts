import { decisive, maxTimeMS } from '@gapless/shared/outbox';
import { deadLetterId, type OpId, type RoomId } from '@gapless/shared/schema';
import { Binary, type Db } from 'mongodb';
import type { DeadLetterOffice, DeadLetters, KeptLetter } from './dead-letters.ts';
import { patiently } from './mongo-patience.ts';
import { maxEventBytes } from './row.ts';

interface DeadLetterRow {
  /** `deadLetterId`. */
  readonly _id: string;
  readonly stream: string;
  readonly s: number;
  readonly room: RoomId;
  readonly id: string;
  readonly op?: OpId;
  readonly reason: string;
  readonly raw: Binary;
  readonly size: number;
  readonly at: Date;
  /** Gone once it is in MongoDB. */
  readonly waits?: true;
  readonly tries: number;
  readonly triedAt?: Date;
  readonly settledAt?: Date;
  readonly discardedAt?: Date;
}

/** One more than any event may have: what is cut says so when it is tried again. */
const keptBytes = maxEventBytes + 1;
const countedAtMost = 1_000;

export interface MongoDeadLetters extends DeadLetters, DeadLetterOffice {
  prepare(): Promise<void>;
}

export function createMongoDeadLetters(db: Db): MongoDeadLetters {
  const rows = db.collection<DeadLetterRow>('dead_letters', decisive);
  const waiting = { waits: true } as const;
  const update = async (what: string, id: string, change: Parameters<typeof rows.updateOne>[1]): Promise<void> => {
    await patiently(what, () => rows.updateOne({ _id: id, ...waiting }, change, { maxTimeMS }));
  };
  return {
    prepare: () =>
      patiently('indexing dead letters', async () => {
        await rows.createIndex({ waits: 1, _id: 1 }, { name: 'waiting', partialFilterExpression: waiting });
      }),
    async put(stream, letters) {
      if (letters.length === 0) return;
      const updates = letters.map(({ event, reason }) => {
        const { seq: s, room, id, op, bytes } = event;
        const raw = new Binary(bytes.slice(0, keptBytes));
        const named = { stream, s, room, id, ...(op === undefined ? {} : { op }) };
        const row = { ...named, reason, raw, size: bytes.byteLength, at: new Date(), tries: 0, ...waiting };
        const filter = { _id: deadLetterId(stream, s) };
        return { updateOne: { filter, update: { $setOnInsert: row }, upsert: true } };
      });
      await patiently('keeping dead letters', () => rows.bulkWrite(updates, { ordered: false }));
    },
    waiting: () =>
      patiently('counting dead letters', () => rows.countDocuments(waiting, { limit: countedAtMost, maxTimeMS })),
    async page(after, limit) {
      const filter = after === undefined ? waiting : { ...waiting, _id: { $gt: after } };
      const query = () => rows.find(filter, { maxTimeMS }).sort({ _id: 1 }).limit(limit).toArray();
      return (await patiently('reading dead letters', query)).map(keptLetter);
    },
    async find(id) {
      const row = await patiently('reading a dead letter', () => rows.findOne({ _id: id, ...waiting }, { maxTimeMS }));
      return row === null ? undefined : keptLetter(row);
    },
    settled: (id) =>
      update('settling a dead letter', id, {
        $set: { settledAt: new Date() },
        $unset: { waits: '' },
        $inc: { tries: 1 },
      }),
    async discarded(id) {
      const change = { $set: { discardedAt: new Date() }, $unset: { waits: '' as const } };
      const discarding = () => rows.updateOne({ _id: id, ...waiting }, change, { maxTimeMS });
      return (await patiently('discarding a dead letter', discarding)).matchedCount > 0;
    },
    refused: (id, reason) =>
      update('keeping a dead letter', id, { $set: { reason, triedAt: new Date() }, $inc: { tries: 1 } }),
  };
}

function keptLetter({ _id, stream, s: seq, room, id, op, raw, reason, size, at, tries }: DeadLetterRow): KeptLetter {
  return { id: _id, stream, event: { room, seq, bytes: raw.buffer, id, op }, reason, size, at, tries };
}
