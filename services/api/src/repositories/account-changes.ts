import { Failure } from '@gapless/shared/errors';
import { inTransaction, maxTimeMS } from '@gapless/shared/outbox';
import type { UserId } from '@gapless/shared/schema';
import type { ClientSession, Db, MongoClient } from 'mongodb';
import type { AccountChange, AccountChanges } from '../domain/accounts/account-changes.ts';
import { fromAccount, toAccount, type UserRow, whichIsTaken } from './accounts.ts';
import { emailTokensWithin } from './email-tokens.ts';
import { formerNicknames } from './former-nicknames.ts';
import { mailsWithin } from './mails.ts';
import { sessionsWithin } from './sessions.ts';
import { voidSessions } from './void-sessions.ts';

/** `revokedForMs`: how long the edges must remember what has ended. */
export function createAccountChanges(client: MongoClient, db: Db, revokedForMs: number): AccountChanges {
  return { run: (work) => inTransaction(client, (session) => work(changeWithin(db, session, revokedForMs))) };
}

/** Who has no password is signed in by others, and his row has no such field. */
const withPassword = (id: UserId, hash: string) => ({ _id: id, pw: hash === '' ? { $exists: false } : hash });

function changeWithin(db: Db, session: ClientSession, revokedForMs: number): AccountChange {
  const users = db.collection<UserRow>('users');
  const options = { session, maxTimeMS };
  const sessions = sessionsWithin(db, session, revokedForMs);

  async function orTaken<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const taken = whichIsTaken(error);
      throw taken === undefined ? error : new Failure(taken, { cause: error });
    }
  }

  return {
    ...emailTokensWithin(db, session),
    ...mailsWithin(db, session),
    async add(account) {
      await formerNicknames(db, session).claim(account.nickname, account.id, account.createdAt);
      await orTaken(users.insertOne(fromAccount(account), { session }));
    },
    async account(id) {
      const row = await users.findOne({ _id: id }, options);
      return row === null ? undefined : toAccount(row);
    },
    async setPassword(id, { from, to }) {
      return (await users.updateOne(withPassword(id, from), { $set: { pw: to } }, options)).matchedCount > 0;
    },
    async setEmail(id, email) {
      await orTaken(
        users.updateOne({ _id: id }, { $set: { email }, $unset: { unproven: true }, $inc: { pver: 1 } }, options),
      );
    },
    async endAll(id, now) {
      const revocation = await voidSessions(db, session, { user: id, now, revokedForMs });
      if (revocation === undefined) throw new Error('an account vanished inside a transaction');
      return revocation;
    },
    endOthers: ({ id, epoch }, keep, now) => sessions.end({ user: id, epoch, now }, { keep }),
    async openSession(opened, passwordHash, most) {
      const { user, epoch, createdAt } = opened;
      // Writes something in any case, so that a change of the password at the same time and this exclude each other.
      const filter = withPassword(user, passwordHash);
      const { matchedCount } = await users.updateOne(filter, { $inc: { logins: 1 } }, options);
      if (matchedCount === 0) return undefined;
      const ended = await sessions.end({ user, epoch, now: createdAt }, { newest: most - 1 });
      await sessions.add(opened);
      return ended;
    },
  };
}
