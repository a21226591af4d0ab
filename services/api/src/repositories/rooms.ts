import { decisive, fromStore, type MemberRow, maxTimeMS } from '@gapless/shared/outbox';
import type { RoomId, UserId } from '@gapless/shared/schema';
import type { Db, Filter } from 'mongodb';
import type { RoomStore } from '../domain/room-store.ts';
import { readTogether } from '../read-together.ts';
import { memberId, type RoomRow, toMembership, toRoom } from './room-rows.ts';

export function createRoomStore(db: Db): RoomStore {
  const rooms = db.collection<RoomRow>('rooms', decisive);
  const members = db.collection<MemberRow>('members', decisive);
  const counters = db.collection<{ _id: string; n: number }>('counters', decisive);

  const room = async (filter: Filter<RoomRow>) => {
    const row = await fromStore('reading a room', rooms.findOne(filter, { maxTimeMS }));
    return row === null ? undefined : toRoom(row);
  };
  const memberships = async (filter: Filter<MemberRow>, sort: Record<string, 1 | -1>, limit: number) => {
    const found = members.find(filter, { maxTimeMS }).sort(sort).limit(limit).toArray();
    return (await fromStore('reading memberships', found)).map(toMembership);
  };

  const membership = readTogether(async (ids: readonly string[]) => {
    const found = members.find({ _id: { $in: [...ids] }, out: false }, { maxTimeMS }).toArray();
    const rows = await fromStore('reading memberships', found);
    return new Map(rows.map((row) => [row._id, toMembership(row)]));
  });

  return {
    withId: (id) => room({ _id: id }),
    withNumber: (number) => room({ no: number }),
    async withIds(ids) {
      const found = rooms.find({ _id: { $in: [...ids] } }, { maxTimeMS }).toArray();
      return (await fromStore('reading rooms', found)).map(toRoom);
    },
    membership: (id: RoomId, user: UserId) => membership(memberId(id, user)),
    membershipsOf: (user, { below, limit }) =>
      memberships({ u: user, out: false, ...(below === undefined ? {} : { r: { $lt: below } }) }, { r: -1 }, limit),
    membersOf: (id, { above, limit }) =>
      memberships({ r: id, out: false, ...(above === undefined ? {} : { u: { $gt: above } }) }, { u: 1 }, limit),
    async sharing(user, others) {
      const own = members.find({ u: user, out: false }, { projection: { _id: 0, r: 1 }, maxTimeMS }).toArray();
      const rooms = (await fromStore('reading memberships', own)).map(({ r }) => r);
      const shared = members.distinct('u', { u: { $in: [...others] }, out: false, r: { $in: rooms } }, { maxTimeMS });
      return fromStore('comparing memberships', shared);
    },
    async nextNumber() {
      const options = { upsert: true, returnDocument: 'after', maxTimeMS } as const;
      const counter = counters.findOneAndUpdate({ _id: 'rooms' }, { $inc: { n: 1 } }, options);
      return (await fromStore('numbering a room', counter))?.n ?? 1;
    },
  };
}
