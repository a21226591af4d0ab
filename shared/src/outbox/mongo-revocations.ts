import type { ClientSession, Db } from 'mongodb';
import { type Revocation, revocationId } from '../schema/index.ts';
import { decisive, fromStore, maxTimeMS } from './mongo-call.ts';
import type { RevocationRecord } from './revocation-record.ts';

interface RevocationRow {
  readonly _id: string;
  readonly revocation: Revocation;
  /** Nobody needs the row after this time. */
  readonly until: Date;
  readonly told: boolean;
}

const rowsAPage = 1_000;

export async function createRevocationIndexes(db: Db): Promise<void> {
  await db.collection('revocations').createIndexes([
    { key: { until: 1 }, name: 'until', expireAfterSeconds: 0 },
    { key: { told: 1 }, name: 'untold', partialFilterExpression: { told: false } },
  ]);
}

/** Part of the transaction that ends the session or disables the user. May be repeated. */
export async function insertRevocation(db: Db, session: ClientSession, revocation: Revocation): Promise<void> {
  const row = { revocation, until: new Date(revocation.until), told: false };
  const filter = { _id: revocationId(revocation) };
  await db.collection<RevocationRow>('revocations').updateOne(filter, { $setOnInsert: row }, { upsert: true, session });
}

export function createMongoRevocations(db: Db): RevocationRecord {
  const rows = db.collection<RevocationRow>('revocations', decisive);
  const read = async (what: string, found: Promise<RevocationRow[]>): Promise<Revocation[]> =>
    (await fromStore(what, found)).map(({ revocation }) => revocation);
  return {
    untold: (limit) =>
      read('reading untold revocations', rows.find({ told: false }, { maxTimeMS }).limit(limit).toArray()),
    async noteTold(revocation) {
      const told = rows.updateOne({ _id: revocationId(revocation) }, { $set: { told: true } }, { maxTimeMS });
      await fromStore('noting a revocation', told);
    },
    page: (after) => {
      const found = rows.find(after === undefined ? {} : { _id: { $gt: after } }, { maxTimeMS });
      return read('reading revocations', found.sort({ _id: 1 }).limit(rowsAPage).toArray());
    },
  };
}
