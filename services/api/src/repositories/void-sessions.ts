import { insertRevocation, maxTimeMS } from '@gapless/shared/outbox';
import type { Revocation, UserId } from '@gapless/shared/schema';
import type { ClientSession, Db } from 'mongodb';
import type { UserRow } from './accounts.ts';

/**
 * Part of a transaction: every token and session that was given out before is void. `revokedForMs`: how long the edges must
 * remember it. `undefined`: no such account.
 */
export async function voidSessions(
  db: Db,
  session: ClientSession,
  { user, now, revokedForMs }: { readonly user: UserId; readonly now: Date; readonly revokedForMs: number },
): Promise<Revocation | undefined> {
  const options = { session, maxTimeMS, returnDocument: 'after' } as const;
  const row = await db.collection<UserRow>('users').findOneAndUpdate({ _id: user }, { $inc: { ep: 1 } }, options);
  if (row === null) return undefined;
  const until = now.getTime() + revokedForMs;
  const revocation: Revocation = { kind: 'user', user, epoch: row.ep ?? 0, until };
  await insertRevocation(db, session, revocation);
  return revocation;
}
