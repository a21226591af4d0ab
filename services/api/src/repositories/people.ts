import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { UserId } from '@gapless/shared/schema';
import type { ClientSession, Db } from 'mongodb';
import type { PersonStore } from '../domain/people/people.ts';

interface PersonRow {
  readonly _id: UserId;
  readonly nickKey: string;
  readonly off?: boolean;
}

export function createPersonStore(db: Db): PersonStore {
  const users = db.collection<PersonRow>('users', decisive);
  return {
    async withNicknameKeys(keys) {
      const options = { projection: { nickKey: 1 }, maxTimeMS };
      const found = users.find({ nickKey: { $in: [...keys] } }, options).toArray();
      return new Map((await fromStore('reading accounts', found)).map(({ _id, nickKey }) => [nickKey, _id]));
    },
  };
}

/** Of these users those who have an account that is not disabled. */
export async function activeAmong(
  db: Db,
  session: ClientSession,
  ids: readonly UserId[],
): Promise<ReadonlySet<UserId>> {
  const options = { session, maxTimeMS, projection: { _id: 1 } };
  const users = db.collection<PersonRow>('users');
  const rows = await users.find({ _id: { $in: [...ids] }, off: { $ne: true } }, options).toArray();
  return new Set(rows.map(({ _id }) => _id));
}
