import { decisive, fromStore, inTransaction, maxTimeMS, noteDone, type OperatorAct } from '@gapless/shared/outbox';
import type { Db, MongoClient } from 'mongodb';
import { emailKey } from '../domain/accounts/names.ts';
import type { UserRow } from './accounts.ts';
import { voidSessions } from './void-sessions.ts';

export type Granted = 'granted' | 'unproven' | 'nobody';

/**
 * Makes the account with that address an admin's. Anybody may have signed up with an address that he does not read: such an
 * account is left as it is, unless the operator vouches for it. Its sessions end with that, as when an admin does it: whoever
 * holds one of before need not be the owner. Log workers tell the edges.
 */
export async function grantAdmin(
  { client, db }: { readonly client: MongoClient; readonly db: Db },
  email: string,
  options: { readonly isVouchedFor: boolean; readonly now: Date; readonly revokedForMs: number } & Pick<
    OperatorAct,
    'machine' | 'keptMs'
  >,
): Promise<Granted> {
  const key = { email: emailKey(email) };
  const account = await fromStore(
    'reading an account',
    db.collection<UserRow>('users', decisive).findOne(key, { maxTimeMS }),
  );
  if (account === null) return 'nobody';
  const proven = options.isVouchedFor ? {} : { unproven: { $ne: true as const } };
  return inTransaction(client, async (session) => {
    const users = db.collection<UserRow>('users');
    const granting = { $set: { role: 'admin' as const } };
    const before = await users.findOneAndUpdate({ ...key, ...proven }, granting, { session, maxTimeMS });
    if (before === null) return 'unproven';
    if (before.role === 'admin') return 'granted';
    await voidSessions(db, session, { user: before._id, ...options });
    const act = { command: 'grant-admin', target: before._id, at: options.now };
    await noteDone(db, session, { ...act, ...options });
    return 'granted';
  });
}
