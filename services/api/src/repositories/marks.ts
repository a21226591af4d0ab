import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import { type MarkRow, markRowId, type ReceiptsAppliedRow, receiptsAppliedId } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import type { MarkStore, MemberMark } from '../domain/reading/marks.ts';

const toMark = ({ r, u, recv, read, at, ra, un }: MarkRow): MemberMark => ({
  ...{ room: r, user: u, recv, read, at },
  ...(ra === undefined ? {} : { readAt: ra }),
  ...(un === undefined ? {} : { unread: un }),
});

export function createMarkStore(db: Db): MarkStore {
  const reads = db.collection<MarkRow>('reads', decisive);
  const watermarks = db.collection<ReceiptsAppliedRow>('watermarks', decisive);
  return {
    async find(keys) {
      const ids = keys.map(({ room, user }) => markRowId(room, user));
      const rows = await fromStore('reading marks', reads.find({ _id: { $in: ids } }, { maxTimeMS }).toArray());
      return rows.map(toMark);
    },
    async applied() {
      const found = watermarks.findOne({ _id: receiptsAppliedId }, { maxTimeMS });
      const row = await fromStore('reading what is applied of receipts', found);
      return row === null ? undefined : { created: row.created, seq: row.seq };
    },
  };
}
