import { maxTimeMS } from '@gapless/shared/outbox';
import { type BlockRow, blockRowId, type UserId } from '@gapless/shared/schema';
import type { ClientSession, Db } from 'mongodb';
import { pairOf } from '../domain/direct-rooms.ts';
import { pairText } from './room-rows.ts';

/** Of transactions that say something about the same two users one comes after the other. */
export async function lockPair(db: Db, session: ClientSession, a: UserId, b: UserId): Promise<void> {
  const pairs = db.collection<{ _id: string; n: number }>('pairs');
  await pairs.updateOne({ _id: pairText(pairOf(a, b)) }, { $inc: { n: 1 } }, { session, upsert: true });
}

/** Of these users those with whom there is a block, whoever made it: two reads by key for each. */
export async function blockedAmong(
  db: Db,
  session: ClientSession,
  user: UserId,
  users: readonly UserId[],
): Promise<ReadonlySet<UserId>> {
  const ids = users.flatMap((other) => [blockRowId(user, other), blockRowId(other, user)]);
  const options = { session, maxTimeMS, projection: { by: 1, u: 1 } };
  const rows = await db
    .collection<BlockRow>('blocks')
    .find({ _id: { $in: ids } }, options)
    .toArray();
  return new Set(rows.map(({ by, u }) => (by === user ? u : by)));
}
