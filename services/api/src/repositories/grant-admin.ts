import { decisive, fromStore } from '@gapless/shared/outbox';
import type { Db } from 'mongodb';
import { emailKey } from '../domain/names.ts';

/** Makes the account an admin's; `false` when there is none with that address. */
export async function grantAdmin(db: Db, email: string): Promise<boolean> {
  const users = db.collection<{ email: string; role: string }>('users', decisive);
  const granted = users.updateOne({ email: emailKey(email) }, { $set: { role: 'admin' } });
  return (await fromStore('making an admin', granted)).matchedCount > 0;
}
