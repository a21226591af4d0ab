import { insertOutboxRow, maxTimeMS, newQuietRow } from '@gapless/shared/outbox';
import type { UserId } from '@gapless/shared/schema';
import type { ClientSession, Db } from 'mongodb';
import { pairOf } from '../domain/direct-rooms.ts';
import type { Sent } from '../domain/room-changes.ts';
import { pairText, type RoomRow } from './room-rows.ts';

/**
 * Part of the transaction in which one of two blocks the other, or no longer does: what both may do in their direct room is
 * projected anew, and nobody is told. `undefined`: they have none.
 */
export async function renewDirectAccess(
  db: Db,
  session: ClientSession,
  a: UserId,
  b: UserId,
): Promise<Sent | undefined> {
  const options = { session, maxTimeMS, projection: { ver: 1 } };
  const room = await db.collection<RoomRow>('rooms').findOne({ pair: pairText(pairOf(a, b)) }, options);
  if (room === null) return undefined;
  const row = newQuietRow({ room: room._id, ver: room.ver, users: [a, b] });
  await insertOutboxRow(db, session, row);
  return { room: room._id, op: row._id };
}
