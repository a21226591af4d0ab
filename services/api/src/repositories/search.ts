import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { SearchRow } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import type { Candidate, SearchStore, Stretch } from '../domain/search/search-store.ts';

type Found = Pick<SearchRow, 'r' | 's' | 'at'> & { readonly has: boolean };

const options = { hint: 'of_room', maxTimeMS } as const;

export function createSearchStore(db: Db): SearchStore {
  const search = db.collection<SearchRow>('search', decisive);

  async function frequency(stretches: readonly Stretch[], gram: string, limit: number): Promise<number> {
    const stages = [{ $match: within(stretches, gram) }, { $limit: limit }, { $count: 'n' }];
    const counted = search.aggregate<{ n: number }>(stages, options).toArray();
    return (await fromStore('counting grams', counted))[0]?.n ?? 0;
  }

  return {
    async newest(stretches, { by, others }, limit) {
      if (stretches.length === 0) return [];
      const has = { $setIsSubset: [{ $literal: [...others] }, '$g'] };
      const stages = [
        { $match: within(stretches, by) },
        { $sort: { s: -1 } },
        // Before the others are compared: what is looked at is bounded, whatever is found among it.
        { $limit: limit },
        { $project: { _id: 0, r: 1, s: 1, at: 1, has } },
      ];
      const rows = await fromStore('searching', search.aggregate<Found>(stages, options).toArray());
      return rows.map(({ r, s, at, has: hasAll }): Candidate => ({ room: r, seq: s, at, hasAll }));
    },
    frequencies: (stretches, grams, limit) =>
      Promise.all(grams.map((gram) => (stretches.length === 0 ? 0 : frequency(stretches, gram, limit)))),
  };
}

/** Each a stretch of the index in the order of its numbers: the server merges them, and sorts nothing. */
const within = (stretches: readonly Stretch[], gram: string) => ({
  $or: stretches.map(({ room, after, before }) => ({ r: room, g: gram, s: { $gt: after, $lt: before } })),
});
