import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { Db } from 'mongodb';
import type { AttemptStore, Patience } from '../domain/accounts/attempts.ts';

interface AttemptRow {
  readonly _id: string;
  readonly n: number;
  readonly until: Date;
  /** No try before this time counts. */
  readonly free?: Date;
  /** The last one came too early. */
  readonly early?: boolean;
}

export const attemptIndexes = [{ key: { until: 1 }, name: 'until', expireAfterSeconds: 60 }] as const;

export function createAttemptStore(db: Db): AttemptStore {
  const attempts = db.collection<AttemptRow>('attempts', { ...decisive, writeConcern: { w: 1 } });
  const options = { upsert: true, returnDocument: 'after', maxTimeMS } as const;
  return {
    async count(key, until) {
      const change = { $inc: { n: 1 }, $setOnInsert: { until } };
      const row = await fromStore('counting attempts', attempts.findOneAndUpdate({ _id: key }, change, options));
      return row?.n ?? 1;
    },
    async tryNow(key, now, patience) {
      const turn = attempts.findOneAndUpdate({ _id: key }, oneMore(now, patience), options);
      const row = await fromStore('counting attempts', turn);
      return row?.early === true ? row.free : undefined;
    },
    async forgive(key) {
      const change = attempts.updateOne({ _id: key, n: { $gt: 0 } }, { $inc: { n: -1 } }, { maxTimeMS });
      await fromStore('forgiving an attempt', change);
    },
    async takeBack(key) {
      // It was let through, so the wait of the one before it was over.
      const change = { $inc: { n: -1 }, $set: { free: new Date(0) } };
      const filter = { _id: key, n: { $gt: 0 } };
      await fromStore('taking an attempt back', attempts.updateOne(filter, change, { maxTimeMS }));
    },
    async forget(key) {
      await fromStore('forgetting attempts', attempts.deleteOne({ _id: key }, { maxTimeMS }));
    },
    async read(key) {
      const row = attempts.findOne({ _id: key }, { projection: { n: 1 }, maxTimeMS });
      return (await fromStore('reading attempts', row))?.n ?? 0;
    },
    async note(key, until) {
      const change = { $set: { until }, $setOnInsert: { n: 0 } };
      await fromStore('noting an address', attempts.updateOne({ _id: key }, change, { upsert: true, maxTimeMS }));
    },
    async isNoted(key, now) {
      const row = attempts.findOne({ _id: key, until: { $gt: now } }, { projection: { _id: 1 }, maxTimeMS });
      return (await fromStore('reading an address', row)) !== null;
    },
  };
}

/** In one step, since many may come at once: what came too early changes nothing, so nobody lengthens a wait. */
function oneMore(now: Date, { tries, firstWaitMs, longestWaitMs, restMs }: Patience): object[] {
  const doublings = { $min: [30, { $max: [0, { $subtract: ['$n', tries] }] }] };
  const wait = { $min: [longestWaitMs, { $multiply: [firstWaitMs, { $pow: [2, doublings] }] }] };
  // Without a wait nothing to compare with: clocks of two processes differ.
  const free = { $cond: [{ $lt: ['$n', tries] }, new Date(0), { $add: [now, { $toLong: wait }] }] };
  const isRested = { $lte: [{ $ifNull: ['$until', now] }, now] };
  return [
    { $set: { early: { $and: [{ $not: [isRested] }, { $gt: ['$free', now] }] }, n: { $cond: [isRested, 0, '$n'] } } },
    { $set: { n: { $add: ['$n', { $cond: ['$early', 0, 1] }] } } },
    {
      $set: {
        free: { $cond: ['$early', '$free', free] },
        until: { $cond: ['$early', '$until', { $add: [now, restMs] }] },
      },
    },
  ];
}
