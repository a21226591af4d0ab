import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { EventRow, RoomId } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import type { UnreadMark } from '../domain/room-store.ts';

interface Counted {
  readonly r: RoomId;
  readonly n: number;
}

/** One question for all rooms; of each at most `limit` entries of the index of messages are looked at. */
export async function countUnread(
  db: Db,
  marks: readonly UnreadMark[],
  limit: number,
): Promise<ReadonlyMap<RoomId, number>> {
  const [first, ...others] = marks.map(({ room, after }) => [
    { $match: { r: room, k: 'msg', s: { $gt: after } } },
    { $limit: limit },
    { $project: { _id: 0, r: 1 } },
    { $group: { _id: '$r', n: { $sum: 1 } } },
    { $project: { _id: 0, r: '$_id', n: 1 } },
  ]);
  if (first === undefined) return new Map();
  const stages = [...first, ...others.map((pipeline) => ({ $unionWith: { coll: 'events', pipeline } }))];
  const counted = db.collection<EventRow>('events', decisive).aggregate<Counted>(stages, { maxTimeMS }).toArray();
  return new Map((await fromStore('counting unread messages', counted)).map(({ r, n }) => [r, n]));
}
