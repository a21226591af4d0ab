import { Failure } from '@gapless/shared/errors';
import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { AccountRole, UserId } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import type { Account, AccountStore } from '../domain/account-store.ts';
import { nicknameKey } from '../domain/names.ts';
import { violatedIndex } from './mongo.ts';

interface UserRow {
  readonly _id: UserId;
  readonly email: string;
  readonly nick: string;
  readonly nickKey: string;
  readonly role: AccountRole;
  readonly pw: string;
  readonly createdAt: Date;
}

export const userIndexes = [
  { key: { email: 1 }, name: 'email', unique: true },
  { key: { nickKey: 1 }, name: 'nickname', unique: true },
] as const;

const toAccount = (row: UserRow): Account => ({
  id: row._id,
  email: row.email,
  nickname: row.nick,
  role: row.role,
  passwordHash: row.pw,
  createdAt: row.createdAt,
});

export function createAccountStore(db: Db): AccountStore {
  const users = db.collection<UserRow>('users', decisive);
  const one = async (filter: { _id: UserId } | { email: string }) => {
    const row = await fromStore('reading an account', users.findOne(filter, { maxTimeMS }));
    return row === null ? undefined : toAccount(row);
  };
  return {
    async add({ id, email, nickname, role, passwordHash, createdAt }) {
      const nickKey = nicknameKey(nickname);
      const row = { _id: id, email, nick: nickname, nickKey, role, pw: passwordHash, createdAt };
      try {
        await fromStore('adding an account', users.insertOne(row));
      } catch (error) {
        const index = violatedIndex(error);
        if (index === 'email') throw new Failure('email_taken');
        if (index === 'nickname') throw new Failure('nickname_taken');
        throw error;
      }
    },
    withEmail: (email) => one({ email }),
    withId: (id) => one({ _id: id }),
    async nicknames(ids) {
      const found = users.find({ _id: { $in: [...ids] } }, { projection: { nick: 1 }, maxTimeMS }).toArray();
      return new Map((await fromStore('reading nicknames', found)).map((row) => [row._id, row.nick]));
    },
    async setPasswordHash(id, passwordHash) {
      await fromStore('updating an account', users.updateOne({ _id: id }, { $set: { pw: passwordHash } }));
    },
  };
}
