import { decisive, maxTimeMS } from '@gapless/shared/outbox';
import {
  type MarkRow,
  markRowId,
  type NotifyRoomRow,
  type NotifyUserRow,
  notifyRoomRowId,
  roomNotifyOf,
  userNotifyOf,
} from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import { patiently } from './mongo-patience.ts';
import type { NotifyReads } from './notify-reads.ts';
import { placeKey } from './people.ts';

export function createMongoNotifyReads(db: Db): NotifyReads {
  const users = db.collection<NotifyUserRow>('notify_users', decisive);
  const rooms = db.collection<NotifyRoomRow>('notify_rooms', decisive);
  const reads = db.collection<MarkRow>('reads', decisive);
  return {
    async of(concerned) {
      if (concerned.length === 0) return new Map();
      const ids = [...new Set(concerned.map(({ user }) => user))];
      const places = concerned.map(({ room, user }) => notifyRoomRowId(room, user));
      const marks = concerned.map(({ room, user }) => markRowId(room, user));
      const find = () =>
        Promise.all([
          users.find({ _id: { $in: ids } }, { maxTimeMS }).toArray(),
          rooms.find({ _id: { $in: places } }, { maxTimeMS }).toArray(),
          reads.find({ _id: { $in: marks } }, { projection: { r: 1, u: 1, read: 1 }, maxTimeMS }).toArray(),
        ]);
      const [said, saidOfRooms, marked] = await patiently('reading what people want to be told of', find);
      const byUser = new Map(said.map((row) => [row._id, row]));
      const byPlace = new Map(saidOfRooms.map((row) => [placeKey(row.r, row.u), row]));
      const readUpTo = new Map(marked.map(({ r, u, read }) => [placeKey(r, u), read]));
      return new Map(
        concerned.map(({ room, user }) => {
          const key = placeKey(room, user);
          const own = roomNotifyOf(byPlace.get(key));
          return [key, { user: userNotifyOf(byUser.get(user)), own, read: readUpTo.get(key) ?? 0 }];
        }),
      );
    },
  };
}
