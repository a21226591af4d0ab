import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { EventRow, RoomId, UserId } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import type { UnreadMark } from '../domain/rooms/room-store.ts';

interface Counted {
  readonly r: RoomId;
  readonly n: number;
}

/** Where many answers of threads, or messages of his own, stand between, fewer may be counted than there are: so many times `limit` is looked at. */
const lookedAt = 3;

/** What the room itself shows, as its last message does. */
const inTheRoom = { $or: [{ th: { $exists: false } }, { also: true }] } as const;

/** One question for all rooms, of what others wrote; of each a bounded number of messages is looked at. */
export async function countUnread(
  db: Db,
  user: UserId,
  marks: readonly UnreadMark[],
  limit: number,
): Promise<ReadonlyMap<RoomId, number>> {
  const [first, ...others] = marks.map(({ room, after }) => [
    { $match: { r: room, k: 'msg', s: { $gt: after } } },
    { $limit: lookedAt * limit },
    { $match: { ...inTheRoom, u: { $ne: user } } },
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
