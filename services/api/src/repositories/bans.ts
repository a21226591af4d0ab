import { maxTimeMS } from '@gapless/shared/outbox';
import type { ClientSession, Db } from 'mongodb';
import type { RoomChange } from '../domain/rooms/room-changes.ts';
import { type BanRow, memberId } from './room-rows.ts';

export function banChanges(db: Db, session: ClientSession): Pick<RoomChange, 'bannedAmong' | 'addBan' | 'removeBan'> {
  const bans = db.collection<BanRow>('bans');
  return {
    async bannedAmong(room, users) {
      const ids = users.map((user) => memberId(room, user));
      const options = { session, maxTimeMS, projection: { u: 1 } };
      const rows = await bans.find({ _id: { $in: ids } }, options).toArray();
      return new Set(rows.map(({ u }) => u));
    },
    async addBan({ room, user, by, at, reason }) {
      const row = { r: room, u: user, by, at, ...(reason === undefined ? {} : { why: reason }) };
      await bans.replaceOne({ _id: memberId(room, user) }, row, { session, upsert: true });
    },
    async removeBan(room, user) {
      await bans.deleteOne({ _id: memberId(room, user) }, { session });
    },
  };
}
