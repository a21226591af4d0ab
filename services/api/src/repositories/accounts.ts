import { Failure } from '@gapless/shared/errors';
import { decisive, fromStore, insertRevocation, maxTimeMS } from '@gapless/shared/outbox';
import type { AccountRole, Revocation, UserId } from '@gapless/shared/schema';
import type { ClientSession, Db, MongoClient } from 'mongodb';
import type { Account, AccountStore } from '../domain/account-store.ts';
import { readTogether } from '../read-together.ts';
import { formerNicknames } from './former-nicknames.ts';
import { violatedIndex } from './mongo.ts';
import { type NicknameFields, nicknameFields } from './nickname-fields.ts';
import { inTransaction } from './transaction.ts';

interface UserRow extends NicknameFields {
  readonly _id: UserId;
  /** Absent where another issuer vouches for him, and so is `pw`. */
  readonly email?: string;
  readonly role: AccountRole;
  readonly pw?: string;
  readonly createdAt: Date;
  readonly ep?: number;
  /** When his last socket closed. */
  readonly seen?: Date;
  /** Version of what is shown of him, see `profiles.ts`. */
  readonly pver?: number;
  /** Disabled. */
  readonly off?: boolean;
}

export const userIndexes = [
  { key: { email: 1 }, name: 'email', unique: true },
  { key: { nickKey: 1 }, name: 'nickname', unique: true },
] as const;

const toAccount = (row: UserRow): Account => ({
  id: row._id,
  email: row.email ?? '',
  nickname: row.nick,
  role: row.role,
  passwordHash: row.pw ?? '',
  createdAt: row.createdAt,
  epoch: row.ep ?? 0,
  disabled: row.off === true,
});

/** `revokedForMs`: how long the edges must remember that an account was disabled. */
export function createAccountStore(client: MongoClient, db: Db, revokedForMs: number): AccountStore {
  const users = db.collection<UserRow>('users', decisive);
  const one = async (filter: { _id: UserId } | { email: string }) => {
    const row = await fromStore('reading an account', users.findOne(filter, { maxTimeMS }));
    return row === null ? undefined : toAccount(row);
  };

  async function disable(session: ClientSession, id: UserId, now: Date): Promise<Revocation | undefined> {
    const within = db.collection<UserRow>('users');
    const epoch = { $add: [{ $ifNull: ['$ep', 0] }, { $cond: [{ $eq: ['$off', true] }, 0, 1] }] };
    const options = { session, maxTimeMS, returnDocument: 'after' } as const;
    const pver = { $add: [{ $ifNull: ['$pver', 0] }, 1] };
    const row = await within.findOneAndUpdate({ _id: id }, [{ $set: { ep: epoch, off: true, pver } }], options);
    if (row === null) return undefined;
    const until = now.getTime() + revokedForMs;
    const revocation: Revocation = { kind: 'user', user: id, epoch: row.ep ?? 0, until };
    await insertRevocation(db, session, revocation);
    return revocation;
  }

  return {
    async add({ id, email, nickname, role, passwordHash, createdAt }) {
      const row = { _id: id, email, ...nicknameFields(nickname), role, pw: passwordHash, createdAt };
      try {
        await inTransaction(client, async (session) => {
          await formerNicknames(db, session).claim(row.nickKey, id, createdAt);
          await db.collection<UserRow>('users').insertOne(row, { session });
        });
      } catch (error) {
        const index = violatedIndex(error);
        if (index === 'email') throw new Failure('email_taken');
        if (index === 'nickname') throw new Failure('nickname_taken');
        throw error;
      }
    },
    withEmail: (email) => one({ email }),
    withId: readTogether(async (ids: readonly UserId[]) => {
      const found = users.find({ _id: { $in: [...ids] } }, { maxTimeMS }).toArray();
      return new Map((await fromStore('reading accounts', found)).map((row) => [row._id, toAccount(row)]));
    }),
    async nicknames(ids) {
      const found = users.find({ _id: { $in: [...ids] } }, { projection: { nick: 1 }, maxTimeMS }).toArray();
      return new Map((await fromStore('reading nicknames', found)).map((row) => [row._id, row.nick]));
    },
    async lastSeen(ids) {
      const filter = { _id: { $in: [...ids] }, seen: { $exists: true } };
      const found = users.find(filter, { projection: { seen: 1 }, maxTimeMS }).toArray();
      const rows = await fromStore('reading accounts', found);
      return new Map(rows.flatMap(({ _id, seen }) => (seen === undefined ? [] : [[_id, seen] as const])));
    },
    async noteSeen(seen) {
      if (seen.size === 0) return;
      const updates = Array.from(seen, ([_id, at]) => ({
        updateOne: { filter: { _id }, update: { $max: { seen: at } } },
      }));
      await fromStore('noting who was seen', users.bulkWrite(updates, { ordered: false }));
    },
    async setPasswordHash(id, passwordHash) {
      await fromStore('updating an account', users.updateOne({ _id: id }, { $set: { pw: passwordHash } }));
    },
    disable: (id, now) => inTransaction(client, (session) => disable(session, id, now)),
    async enable(id) {
      const enabled = users.updateOne({ _id: id }, { $unset: { off: true }, $inc: { pver: 1 } }, { maxTimeMS });
      return (await fromStore('enabling an account', enabled)).matchedCount > 0;
    },
  };
}
