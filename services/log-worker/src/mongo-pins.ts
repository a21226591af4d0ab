import { decisive, maxTimeMS } from '@gapless/shared/outbox';
import { type EventRow, eventRowId, logIndexes, type PinEvent, type PinRow } from '@gapless/shared/schema';
import type { AnyBulkWriteOperation, Db } from 'mongodb';
import { type Change, newest } from './change.ts';
import { patiently } from './mongo-patience.ts';

const unordered = { ordered: false } as const;

/** One row a message that is or was pinned, as the highest sequence left it; none for one that is deleted. */
export function createMongoPins(db: Db) {
  const pins = db.collection<PinRow>('pins', decisive);
  const events = db.collection<EventRow>('events', decisive);

  async function drop(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await patiently('dropping pins', () => pins.deleteMany({ _id: { $in: [...ids] } }, { maxTimeMS }));
  }

  return {
    prepare: () =>
      patiently('indexing pins', async () => {
        await pins.createIndexes([...logIndexes.pins]);
      }),
    drop,
    async fold(all: readonly Change[]): Promise<void> {
      const changes = newest(all, ({ r, m }) => eventRowId(r, m));
      if (changes.length === 0) return;
      await patiently('folding pins', () => pins.bulkWrite(changes.map(pinUpdate), unordered));
      // Behind the write: whoever deletes a message marks it first, and drops its pin after that.
      const deleted = { _id: { $in: changes.map(({ r, m }) => eventRowId(r, m)) }, del: true as const };
      const find = () => events.find(deleted, { projection: { _id: 1 }, maxTimeMS }).toArray();
      await drop((await patiently('reading pinned messages', find)).map(({ _id }) => _id));
    },
  };
}

function pinUpdate({ r, m, s, u, at, raw }: Change): AnyBulkWriteOperation<PinRow> {
  const row: PinRow = { _id: eventRowId(r, m), r, m, u, at, on: (JSON.parse(raw) as PinEvent).on === 1, ver: s };
  const isNewer = { $lt: [{ $ifNull: ['$ver', 0] }, s] };
  const update = [{ $replaceWith: { $cond: [isNewer, { $literal: row }, '$$ROOT'] } }];
  return { updateOne: { filter: { _id: row._id }, update, upsert: true } };
}
