import { decisive, fromStore } from '@gapless/shared/outbox';
import type { Db } from 'mongodb';
import { emailKey } from '../domain/names.ts';

export type Granted = 'granted' | 'unproven' | 'nobody';

/**
 * Makes the account with that address an admin's. Anybody may have signed up with an address that he does not read: such an
 * account is left as it is, unless the operator vouches for it.
 */
export async function grantAdmin(db: Db, email: string, options: { readonly isVouchedFor: boolean }): Promise<Granted> {
  const users = db.collection<{ email: string; role: string; unproven?: boolean }>('users', decisive);
  const proven = options.isVouchedFor ? {} : { unproven: { $ne: true } };
  const key = { email: emailKey(email) };
  const granting = users.updateOne({ ...key, ...proven }, { $set: { role: 'admin' } });
  if ((await fromStore('making an admin', granting)).matchedCount > 0) return 'granted';
  return (await fromStore('reading an account', users.findOne(key))) === null ? 'nobody' : 'unproven';
}
