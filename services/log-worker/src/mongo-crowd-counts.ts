import { decisive, maxTimeMS } from '@gapless/shared/outbox';
import { maxToldMembers } from '@gapless/shared/protocol';
import type { MarkRow, RoomId, UserId } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import type { CrowdCounts } from './crowd-receipts.ts';
import { patiently } from './mongo-patience.ts';

interface RoomRow {
  readonly _id: RoomId;
  readonly members: number;
  readonly last?: { readonly s: number; readonly u: UserId };
}

interface Counted {
  readonly read: number;
  readonly received: number;
}

const isCrowd = { members: { $gt: maxToldMembers }, 'last.s': { $exists: true }, gone: { $ne: true } } as const;

export function createMongoCrowdCounts(db: Db): CrowdCounts {
  const rooms = db.collection<RoomRow>('rooms', decisive);
  const reads = db.collection<MarkRow>('reads', decisive);

  /**
   * A walk over the room's marks by their ids: an index by how far they are would cost every mark more than this costs a crowd.
   * Who left before the message stands below it; who left behind it counts until the next one.
   */
  const marksOf = (room: RoomId, { s, u }: NonNullable<RoomRow['last']>) =>
    reads.aggregate<Counted>(
      [
        { $match: { _id: { $gt: `${room}:`, $lt: `${room};` }, recv: { $gte: s }, u: { $ne: u } } },
        { $group: { _id: null, received: { $sum: 1 }, read: { $sum: { $cond: [{ $gte: ['$read', s] }, 1, 0] } } } },
      ],
      { maxTimeMS },
    );

  return {
    async crowdsAmong(ids) {
      const filter = { _id: { $in: [...ids] }, ...isCrowd };
      const find = () => rooms.find(filter, { projection: { _id: 1 }, maxTimeMS }).toArray();
      return (await patiently('looking for crowds', find)).map(({ _id }) => _id);
    },
    async count(room) {
      const options = { projection: { members: 1, last: 1 }, maxTimeMS };
      const row = await patiently('reading a crowd', () => rooms.findOne({ _id: room, ...isCrowd }, options));
      if (row?.last === undefined) return undefined;
      const { members, last } = row;
      const [counted] = await patiently('counting marks', () => marksOf(room, last).toArray());
      return { room, seq: last.s, members, ...(counted ?? { read: 0, received: 0 }) };
    },
  };
}
