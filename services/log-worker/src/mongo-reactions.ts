import { decisive } from '@gapless/shared/outbox';
import { logIndexes, type ReactEvent, type ReactionRow, reactionRowId } from '@gapless/shared/schema';
import type { AnyBulkWriteOperation, Db } from 'mongodb';
import { type Change, changesAt, newest } from './change.ts';
import { patiently, refusals } from './mongo-patience.ts';

/** One row a member, message and emoji, as the highest sequence left it. */
export function createMongoReactions(db: Db) {
  const reactions = db.collection<ReactionRow>('reactions', decisive);
  return {
    prepare: () =>
      patiently('indexing reactions', async () => {
        await reactions.createIndexes([...logIndexes.reactions]);
      }),
    /** Resolves with those that a rule of the database refuses. */
    async fold(all: readonly Change[]): Promise<readonly Change[]> {
      const changes = newest(all, ({ r, m, u, raw }) => reactionRowId(r, m, u, (JSON.parse(raw) as ReactEvent).e));
      if (changes.length === 0) return [];
      const updates = changes.map(reactionUpdate);
      const refused = await refusals('folding reactions', () => reactions.bulkWrite(updates, { ordered: false }));
      return changesAt(changes, refused);
    },
  };
}

function reactionUpdate({ r, m, s, u, raw }: Change): AnyBulkWriteOperation<ReactionRow> {
  const { e, on } = JSON.parse(raw) as ReactEvent;
  const _id = reactionRowId(r, m, u, e);
  const isNewer = { $lt: [{ $ifNull: ['$ver', 0] }, s] };
  const set = { r, m, u, e: { $literal: e }, on: { $cond: [isNewer, on === 1, '$on'] }, ver: { $max: ['$ver', s] } };
  return { updateOne: { filter: { _id }, update: [{ $set: set }], upsert: true } };
}
