import { decisive, fromStore, insertRevocation, inTransaction, maxTimeMS } from '@gapless/shared/outbox';
import { type AccountRole, nicknameKey, nicknameLook, type Revocation, type UserId } from '@gapless/shared/schema';
import type { ClientSession, Db, MongoClient } from 'mongodb';
import type { Account, AccountStore } from '../domain/accounts/account-store.ts';
import { readTogether } from '../read-together.ts';
import { revokeKeysOf } from './api-keys.ts';
import { violatedIndex } from './mongo.ts';
import { type NicknameFields, nicknameFields } from './nickname-fields.ts';

export interface UserRow extends NicknameFields {
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
  /** Nobody has shown that he reads the address. Absent as well in accounts from before that was asked. */
  readonly unproven?: boolean;
  readonly logins?: number;
  /** How many API keys he made, see `api-keys.ts`. */
  readonly keysMade?: number;
}

export const userIndexes = [
  { key: { email: 1 }, name: 'email', unique: true },
  { key: { nickKey: 1 }, name: 'nickname', unique: true },
] as const;

const rowsAtOnce = 1_000;
const lookIndex = { key: { look: 1 }, name: 'look', unique: true, sparse: true } as const;

/** Of accounts that look alike already, the oldest is the one whose look nobody else gets. May be repeated. */
export async function addNicknameLooks(db: Db): Promise<void> {
  const users = db.collection<UserRow>('users', decisive);
  await users.createIndexes([lookIndex]);
  const options = { projection: { nick: 1 }, sort: { _id: 1 }, limit: rowsAtOnce, maxTimeMS } as const;
  for (let after = '' as UserId; ; ) {
    const rows = await fromStore('reading accounts', users.find({ _id: { $gt: after } }, options).toArray());
    for (const { _id, nick } of rows) {
      const change = users.updateOne({ _id }, { $set: { look: nicknameLook(nick) } });
      await fromStore('adding the look of a nickname', change).catch((error: unknown) => {
        if (violatedIndex(error) !== lookIndex.name) throw error;
      });
      after = _id;
    }
    if (rows.length < rowsAtOnce) return;
  }
}

export const toAccount = (row: UserRow): Account => ({
  id: row._id,
  email: row.email ?? '',
  nickname: row.nick,
  role: row.role,
  passwordHash: row.pw ?? '',
  createdAt: row.createdAt,
  epoch: row.ep ?? 0,
  disabled: row.off === true,
  emailVerified: row.unproven !== true,
});

export const fromAccount = (account: Account): UserRow => ({
  _id: account.id,
  email: account.email,
  ...nicknameFields(account.nickname),
  role: account.role,
  pw: account.passwordHash,
  createdAt: account.createdAt,
  ...(account.emailVerified ? {} : { unproven: true }),
});

/** What a write ran into that may be there once. */
export function whichIsTaken(error: unknown): 'email_taken' | 'nickname_taken' | undefined {
  const index = violatedIndex(error);
  if (index === 'email') return 'email_taken';
  return index === 'nickname' || index === lookIndex.name ? 'nickname_taken' : undefined;
}

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
    await revokeKeysOf(db, session, id, now);
    const until = now.getTime() + revokedForMs;
    const revocation: Revocation = { kind: 'user', user: id, epoch: row.ep ?? 0, until };
    await insertRevocation(db, session, revocation);
    return revocation;
  }

  return {
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
    async hasNickname(nickname) {
      const options = { projection: { _id: 1 }, maxTimeMS };
      const found = [{ nickKey: nicknameKey(nickname) }, { look: nicknameLook(nickname) }].map((filter) =>
        fromStore('looking for a nickname', users.findOne(filter, options)),
      );
      return (await Promise.all(found)).some((row) => row !== null);
    },
    async setPasswordHash(id, { from, to }) {
      await fromStore('updating an account', users.updateOne({ _id: id, pw: from }, { $set: { pw: to } }));
    },
    disable: (id, now) => inTransaction(client, (session) => disable(session, id, now)),
    async enable(id) {
      const enabled = users.updateOne({ _id: id }, { $unset: { off: true }, $inc: { pver: 1 } }, { maxTimeMS });
      return (await fromStore('enabling an account', enabled)).matchedCount > 0;
    },
  };
}
