import type { ClientSession, Db } from 'mongodb';
import { type BlockRow, blockRowId, type UserId } from '../schema/index.ts';
import { decisive, maxTimeMS } from './mongo-call.ts';

/**
 * Those of `users` with whom there is a block, whoever made it: two reads by key for each. Within a transaction it is true for
 * its moment.
 */
export async function blockedAmong(
  db: Db,
  user: UserId,
  users: readonly UserId[],
  session?: ClientSession,
): Promise<ReadonlySet<UserId>> {
  if (users.length === 0) return new Set();
  const ids = users.flatMap((other) => [blockRowId(user, other), blockRowId(other, user)]);
  const blocks = db.collection<BlockRow>('blocks', session === undefined ? decisive : {});
  const options = { projection: { _id: 0, by: 1, u: 1 }, maxTimeMS, ...(session === undefined ? {} : { session }) };
  const rows = await blocks.find({ _id: { $in: ids } }, options).toArray();
  return new Set(rows.map(({ by, u }) => (by === user ? u : by)));
}
