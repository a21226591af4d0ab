import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import { type EventRow, logIndexes, type SearchRow } from '@gapless/shared/schema';
import { type AnyBulkWriteOperation, type Db, type Filter, MongoBulkWriteError } from 'mongodb';
import { away, patiently } from './mongo-patience.ts';
import type { SearchableMessage, SearchRebuildStore, SearchStore } from './search-store.ts';

const unordered = { ordered: false } as const;
const duplicateKey = 11000;
/** Broken off longer ago, nobody knows what was done to `search` since. */
const goesOnForMs = 86_400_000;

/** `rules`: by which all was made. `rebuild`: how far one came that is under way, or was broken off, and when. */
interface StateRow {
  readonly _id: 'rules' | 'rebuild';
  readonly rules: number;
  readonly after?: string;
  readonly at?: Date;
}

type MessageRow = Pick<EventRow, '_id' | 'r' | 's' | 'u' | 'at' | 'cur' | 'ver'>;
const projection = { k: 1, r: 1, s: 1, u: 1, at: 1, 'cur.text': 1, ver: 1, dupOf: 1 } as const;

export function createMongoSearchStore(db: Db): SearchStore & SearchRebuildStore {
  const search = db.collection<SearchRow>('search', decisive);
  const events = db.collection<EventRow>('events', decisive);
  const state = db.collection<StateRow>('search_state', decisive);

  const messagesWhere = (filter: Filter<EventRow>) =>
    patiently('reading messages', () => events.find(filter, { projection, maxTimeMS }).toArray());

  const note = ({ _id, ...fields }: StateRow) =>
    patiently('noting a rebuild', () => state.updateOne({ _id }, { $set: fields }, { upsert: true }));

  return {
    prepare: () =>
      patiently('indexing search', async () => {
        await search.createIndexes([...logIndexes.search]);
      }),
    async add(rows) {
      try {
        await fromStore('writing search', search.insertMany([...rows], unordered));
        return [];
      } catch (error) {
        if (!(error instanceof MongoBulkWriteError)) return away(error);
        const refused = error.result.getWriteErrors();
        if (refused.some(({ code }) => code !== duplicateKey)) return away(error);
        return refused.flatMap(({ index }) => rows[index]?._id ?? []);
      }
    },
    async put(rows) {
      if (rows.length === 0) return;
      await patiently('writing search', () => search.bulkWrite(rows.map(putRow), unordered));
    },
    async messages(ids) {
      const rows = await messagesWhere({ _id: { $in: [...ids] }, k: 'msg', dupOf: { $exists: false } });
      return rows.map(toMessage);
    },
    async page(after, limit) {
      const find = () =>
        events
          .find({ _id: { $gt: after } }, { projection, maxTimeMS })
          .sort({ _id: 1 })
          .limit(limit);
      const rows = await patiently('reading events', () => find().toArray());
      const last = rows.at(-1)?._id;
      if (last === undefined) return undefined;
      return { messages: rows.filter(({ k, dupOf }) => k === 'msg' && dupOf === undefined).map(toMessage), last };
    },
    async reached(rules) {
      const row = await patiently('reading a rebuild', () => state.findOne({ _id: 'rebuild', rules }, { maxTimeMS }));
      if (row?.after === undefined || row.at === undefined) return '';
      if (Date.now() - row.at.getTime() > goesOnForMs) return '';
      const first = () => search.findOne({}, { sort: { _id: 1 }, projection: { _id: 1 }, maxTimeMS });
      return (await patiently('reading search', first)) === null ? '' : row.after;
    },
    noteReached: async (rules, after) => void (await note({ _id: 'rebuild', rules, after, at: new Date() })),
    async noteRebuilt(rules) {
      await note({ _id: 'rules', rules });
      await patiently('ending a rebuild', () => state.deleteOne({ _id: 'rebuild' }));
    },
    forgetRules: async () => void (await patiently('forgetting rules', () => state.deleteMany({}, { maxTimeMS }))),
    async rulesOfAll(fresh) {
      const known = await patiently('reading rules', () => state.findOne({ _id: 'rules' }, { maxTimeMS }));
      if (known !== null) return known.rules;
      const first = () =>
        events
          .find({}, { projection: { _id: 1 }, maxTimeMS })
          .sort({ _id: 1 })
          .limit(1)
          .toArray();
      if ((await patiently('reading events', first)).length > 0) return undefined;
      await note({ _id: 'rules', rules: fresh });
      return fresh;
    },
  };
}

const toMessage = ({ _id: id, r: room, s: seq, u: author, at, cur, ver: version }: MessageRow): SearchableMessage => ({
  ...{ id, room, seq, author, at, version },
  ...(cur === undefined ? {} : { text: cur.text }),
});

/** The newer text counts; of the same one what newer rules made of it. */
function putRow(row: SearchRow): AnyBulkWriteOperation<SearchRow> {
  const { ver, gv } = row;
  const isOlder = { $lt: [{ $ifNull: ['$ver', 0] }, ver] };
  const isSame = { $and: [{ $eq: ['$ver', ver] }, { $lte: ['$gv', gv] }] };
  const update = [{ $replaceWith: { $cond: [{ $or: [isOlder, isSame] }, { $literal: row }, '$$ROOT'] } }];
  return { updateOne: { filter: { _id: row._id }, update, upsert: true } };
}
