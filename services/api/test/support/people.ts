import type { MongoEngine } from '@gapless/shared/local';
import { silentLogger } from '@gapless/shared/runtime';
import { newId, type UserId } from '@gapless/shared/schema';
import type { Teardown } from '@gapless/shared/testing';
import { type Db, MongoClient } from 'mongodb';
import type { AccountStore } from '../../src/domain/accounts/account-store.ts';
import { createAccountChanges } from '../../src/repositories/account-changes.ts';
import { createAccountStore } from '../../src/repositories/accounts.ts';
import { migrate } from '../../src/repositories/migrations.ts';

/** A database of its own with users in it, without an api around it. */
export interface People {
  readonly client: MongoClient;
  readonly db: Db;
  readonly accounts: AccountStore;
  /** A user who exists from now on. */
  add(nickname?: string): Promise<UserId>;
}

export async function aDatabaseOfPeople(t: Teardown, { url }: Pick<MongoEngine, 'url'>): Promise<People> {
  const client = new MongoClient(url, { ignoreUndefined: true });
  t.teardown(() => client.close());
  const db = client.db(`people-${newId()}`);
  await migrate(db, silentLogger());
  const accounts = createAccountStore(client, db, 60_000);
  const changes = createAccountChanges(client, db, 60_000);
  return {
    client,
    db,
    accounts,
    async add(nickname = `user-${newId().slice(-12)}`) {
      const id = newId<UserId>();
      const account = { id, email: `${id}@example.org`, nickname, role: 'user', passwordHash: 'x' } as const;
      const whole = { ...account, createdAt: new Date(), epoch: 0, disabled: false, emailVerified: true };
      await changes.run((change) => change.add(whole));
      return id;
    },
  };
}

/** What blocks do beyond the database, where nobody has a direct room. */
export const alone = { carryOut: async () => true };
