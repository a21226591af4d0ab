import { decisive, maxTimeMS } from '@gapless/shared/outbox';
import { type MarkRow, markRowId, type ReceiptsAppliedRow, receiptsAppliedId } from '@gapless/shared/schema';
import type { AnyBulkWriteOperation, Db } from 'mongodb';
import type { DatedMark, MarkStore } from './mark-store.ts';
import { patiently } from './mongo-patience.ts';

const marksPerWrite = 1_000;

export function createMongoMarkStore(db: Db): MarkStore {
  const reads = db.collection<MarkRow>('reads', decisive);
  const watermarks = db.collection<ReceiptsAppliedRow>('watermarks', decisive);
  const _id = receiptsAppliedId;
  return {
    async raise(marks) {
      for (let from = 0; from < marks.length; from += marksPerWrite) {
        const raises = marks.slice(from, from + marksPerWrite).map(raiseOf);
        await patiently('raising marks', () => reads.bulkWrite(raises, { ordered: false }));
      }
    },
    async applied() {
      const row = await patiently('reading what is applied', () => watermarks.findOne({ _id }, { maxTimeMS }));
      return row === null ? undefined : { created: row.created, seq: row.seq };
    },
    async noteApplied({ created, seq }) {
      const write = () => watermarks.updateOne({ _id }, { $set: { created, seq } }, { upsert: true, maxTimeMS });
      await patiently('noting what is applied', write);
    },
  };
}

function raiseOf({ room: r, user: u, recv, read, at, readAt, unread }: DatedMark): AnyBulkWriteOperation<MarkRow> {
  const said = {
    ...{ recv, read, at: new Date(at) },
    ...(readAt === undefined ? {} : { ra: readAt }),
    // Documents are compared field by field: by their version first.
    ...(unread === undefined ? {} : { un: { v: unread.v, s: unread.s } }),
  };
  const update = { $max: said, $setOnInsert: { r, u } };
  return { updateOne: { filter: { _id: markRowId(r, u) }, update, upsert: true } };
}
