import type { Scope } from '@gapless/shared/commands';
import { decisive, fromStore, inTransaction, maxTimeMS } from '@gapless/shared/outbox';
import type { ApiKeyId, UserId } from '@gapless/shared/schema';
import type { ClientSession, Db, MongoClient } from 'mongodb';
import type { Actor } from '../domain/admin/actor.ts';
import type { ApiKey, ApiKeyStore } from '../domain/admin/api-key-store.ts';
import type { UserRow } from './accounts.ts';
import { makingsWithin } from './makings.ts';

interface ApiKeyRow {
  readonly _id: ApiKeyId;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly by: string;
  readonly at: Date;
  /** Of the secret. */
  readonly hash: string;
  readonly until?: Date;
  readonly used?: Date;
  readonly revoked?: Date;
  /** How many it made. */
  readonly made?: number;
}

export const apiKeyIndexes = [{ key: { by: 1 }, name: 'by' }] as const;

/** Part of the transaction that takes from a user what he made them by. */
export const revokeKeysOf = (db: Db, session: ClientSession, user: UserId, revoked: Date): Promise<void> =>
  revokeMadeBy(db, session, `user:${user}`, revoked);

/** Those that these made go with them. */
async function revokeMadeBy(db: Db, session: ClientSession, maker: string, revoked: Date): Promise<void> {
  const keys = db.collection<ApiKeyRow>('api_keys');
  const options = { session, maxTimeMS };
  for (let makers = [maker]; makers.length > 0; ) {
    const made = await keys.find({ by: { $in: makers } }, { ...options, projection: { _id: 1 } }).toArray();
    const ids = made.map(({ _id }) => _id);
    await keys.updateMany({ _id: { $in: ids }, revoked: { $exists: false } }, { $set: { revoked } }, options);
    makers = ids.map((id) => `key:${id}`);
  }
}

/**
 * Part of the transaction that makes a key: whether its maker may. It writes to his row, so that this and what takes
 * that from him at the same time exclude each other.
 */
async function noteMaker(db: Db, session: ClientSession, by: Actor): Promise<boolean> {
  const options = { session, maxTimeMS };
  if (by.kind === 'user') {
    const admin = { _id: by.id, role: 'admin' as const, off: { $ne: true as const } };
    const users = db.collection<UserRow>('users');
    return (await users.updateOne(admin, { $inc: { keysMade: 1 } }, options)).matchedCount > 0;
  }
  const living = { _id: by.id, revoked: { $exists: false } };
  const keys = db.collection<ApiKeyRow>('api_keys');
  return (await keys.updateOne(living, { $inc: { made: 1 } }, options)).matchedCount > 0;
}

const toKey = ({ _id, name, scopes, by, at, until, used, revoked }: ApiKeyRow): ApiKey => ({
  ...{ id: _id, name, scopes, by, createdAt: at },
  ...(until === undefined ? {} : { until }),
  ...(used === undefined ? {} : { usedAt: used }),
  ...(revoked === undefined ? {} : { revokedAt: revoked }),
});

export function createApiKeyStore(client: MongoClient, db: Db): ApiKeyStore {
  const keys = db.collection<ApiKeyRow>('api_keys', decisive);
  return {
    run: (work) =>
      inTransaction(client, (session) =>
        work({
          makings: makingsWithin(db, session),
          stillMay: (by) => noteMaker(db, session, by),
          async add({ id, name, scopes, by, createdAt, until }, hash) {
            const row = { _id: id, name, scopes, by, at: createdAt, hash, ...(until === undefined ? {} : { until }) };
            await db.collection<ApiKeyRow>('api_keys').insertOne(row, { session });
          },
        }),
      ),
    async find(id) {
      const row = await fromStore('reading a key', keys.findOne({ _id: id }, { maxTimeMS }));
      return row === null ? undefined : { key: toKey(row), hash: row.hash };
    },
    async list({ below, limit }) {
      const filter = below === undefined ? {} : { _id: { $lt: below } };
      const found = keys.find(filter, { maxTimeMS }).sort({ _id: -1 }).limit(limit).toArray();
      return (await fromStore('reading keys', found)).map(toKey);
    },
    revoke: (id, at) =>
      inTransaction(client, async (session) => {
        const own = db.collection<ApiKeyRow>('api_keys');
        const change = [{ $set: { revoked: { $ifNull: ['$revoked', at] } } }];
        const { matchedCount } = await own.updateOne({ _id: id }, change, { session, maxTimeMS });
        if (matchedCount > 0) await revokeMadeBy(db, session, `key:${id}`, at);
        return matchedCount > 0;
      }),
    async noteUsed(id, at) {
      await fromStore('noting a key’s use', keys.updateOne({ _id: id }, { $max: { used: at } }, { maxTimeMS }));
    },
  };
}
