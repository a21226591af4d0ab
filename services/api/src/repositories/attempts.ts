import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { Db } from 'mongodb';
import type { AttemptStore } from '../domain/attempts.ts';

interface AttemptRow {
  readonly _id: string;
  readonly n: number;
  readonly until: Date;
}

export const attemptIndexes = [{ key: { until: 1 }, name: 'until', expireAfterSeconds: 60 }] as const;

export function createAttemptStore(db: Db): AttemptStore {
  const attempts = db.collection<AttemptRow>('attempts', { ...decisive, writeConcern: { w: 1 } });
  return {
    async count(key, until) {
      const change = { $inc: { n: 1 }, $setOnInsert: { until } };
      const options = { upsert: true, returnDocument: 'after', maxTimeMS } as const;
      const row = await fromStore('counting attempts', attempts.findOneAndUpdate({ _id: key }, change, options));
      return row?.n ?? 1;
    },
  };
}
