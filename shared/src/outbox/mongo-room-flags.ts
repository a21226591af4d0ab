import type { Db } from 'mongodb';
import type { RoomFlags, RoomId } from '../schema/index.ts';
import type { StoredFlags } from './flag-projection.ts';
import { decisive, fromStore, maxTimeMS } from './mongo-call.ts';

/** What of a row of `rooms` decides who may write: whoever changes it raises `ver` in the same write. */
export interface RoomFlagsRow {
  readonly _id: RoomId;
  readonly ver: number;
  readonly frozen?: boolean | 1;
  readonly archived?: boolean | 1;
  /** Seconds. */
  readonly slow?: number;
  readonly gone?: boolean | 1;
}

const rowsAPage = 5_000;
const projection = { ver: 1, frozen: 1, archived: 1, slow: 1, gone: 1 };

export function createMongoRoomFlags(db: Db): StoredFlags {
  const rooms = db.collection<RoomFlagsRow>('rooms', decisive);
  return {
    async of(room) {
      const found = rooms.findOne({ _id: room }, { projection, maxTimeMS });
      const row = await fromStore('reading the flags of a room', found);
      return row === null ? undefined : toFlags(row);
    },
    async page(after) {
      const filter = after === undefined ? {} : { _id: { $gt: after } };
      const found = rooms.find(filter, { projection, maxTimeMS }).sort({ _id: 1 }).limit(rowsAPage).toArray();
      return (await fromStore('reading the flags of rooms', found)).map((row) => [row._id, toFlags(row)] as const);
    },
  };
}

export const toFlags = ({ ver, frozen, archived, slow, gone }: RoomFlagsRow): RoomFlags => ({
  ver,
  ...(frozen ? { frozen: 1 } : {}),
  ...(archived ? { archived: 1 } : {}),
  ...(slow !== undefined && slow > 0 ? { slow } : {}),
  ...(gone ? { gone: 1 } : {}),
});
