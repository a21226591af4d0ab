import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { RoomId } from '@gapless/shared/schema';
import { gramsOf } from '@gapless/shared/search';
import type { Db } from 'mongodb';
import type { RoomCandidate, RoomGramStore } from '../domain/search/room-gram-store.ts';
import type { RoomRow } from './room-rows.ts';

export const roomGramIndexes = [
  { key: { pub: 1, g: 1, _id: -1 }, name: 'public_by_gram', partialFilterExpression: { pub: true } },
  { key: { _id: 1, g: 1 }, name: 'grams' },
] as const;

const roomsAtOnce = 200;

export function createRoomGramStore(db: Db): RoomGramStore {
  const rooms = db.collection<RoomRow>('rooms', decisive);
  return {
    async publicWith({ by, others }, { below, limit }) {
      const has = { $setIsSubset: [{ $literal: [...others] }, '$g'] };
      const stages = [
        { $match: { pub: true, g: by, ...(below === undefined ? {} : { _id: { $lt: below } }) } },
        { $sort: { _id: -1 } },
        { $limit: limit },
        { $project: { has } },
      ];
      const options = { hint: 'public_by_gram', maxTimeMS };
      const found = rooms.aggregate<{ _id: RoomId; has: boolean }>(stages, options).toArray();
      const rows = await fromStore('searching rooms', found);
      return rows.map(({ _id: id, has: hasAll }): RoomCandidate => ({ id, hasAll }));
    },
    async among(ids, { by, others }) {
      const found: RoomId[] = [];
      for (let at = 0; at < ids.length; at += roomsAtOnce) {
        const filter = { _id: { $in: ids.slice(at, at + roomsAtOnce) }, g: { $all: [by, ...others] } };
        const options = { projection: { _id: 1 }, hint: 'grams', maxTimeMS } as const;
        found.push(
          ...(await fromStore('searching rooms', rooms.find(filter, options).toArray())).map(({ _id }) => _id),
        );
      }
      return found;
    },
  };
}

const rowsAtOnce = 500;

/** Gives every group of before the grams by which it is found now. May be broken off and run again. */
export async function addRoomGrams(db: Db): Promise<void> {
  const rooms = db.collection<RoomRow>('rooms', decisive);
  await rooms.createIndexes([...roomGramIndexes]);
  for (let last = ''; ; ) {
    const filter = { _id: { $gt: last as RoomId } };
    const page = rooms.find(filter, { projection: { kind: 1, name: 1, topic: 1 }, maxTimeMS }).sort({ _id: 1 });
    const rows = await fromStore('reading rooms', page.limit(rowsAtOnce).toArray());
    const end = rows.at(-1)?._id;
    if (end === undefined) return;
    // One that was changed meanwhile has its own already, from who changed it.
    const updates = rows.flatMap(({ _id, kind, name, topic }) =>
      kind === 'direct'
        ? []
        : {
            updateOne: {
              filter: { _id, name, topic: topic ?? { $exists: false } },
              update: { $set: { g: gramsOf(name, topic ?? '') } },
            },
          },
    );
    if (updates.length > 0) await fromStore('completing rooms', rooms.bulkWrite(updates, { ordered: false }));
    last = end;
  }
}
