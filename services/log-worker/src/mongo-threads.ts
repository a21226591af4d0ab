import { decisive, maxTimeMS } from '@gapless/shared/outbox';
import {
  type EventRow,
  logIndexes,
  maxLastRepliers,
  type RoomId,
  type ThreadRow,
  type UserId,
} from '@gapless/shared/schema';
import type { AnyBulkWriteOperation, Db } from 'mongodb';
import { patiently } from './mongo-patience.ts';

interface Counted {
  readonly _id: string;
  readonly n: number;
  readonly last: readonly { readonly s: number; readonly u: UserId; readonly at: Date }[];
}

/**
 * Counts threads anew from their replies. What a row says follows from the log up to its version alone, so a higher version is
 * always right, and whoever writes the same one writes the same.
 */
export function createMongoThreads(db: Db) {
  const threads = db.collection<ThreadRow>('threads', decisive);
  const events = db.collection<EventRow>('events', decisive);

  async function versions(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const find = () => threads.find({ _id: { $in: [...ids] } }, { projection: { ver: 1 }, maxTimeMS }).toArray();
    return new Map((await patiently('reading threads', find)).map(({ _id, ver }) => [_id, ver]));
  }

  async function rowsAt(ver: number, ids: readonly string[]): Promise<ThreadRow[]> {
    const count = () => events.aggregate<Counted>(replies(ids, ver), { maxTimeMS }).toArray();
    const counted = new Map((await patiently('counting replies', count)).map((row) => [row._id, row]));
    return ids.map((id) => threadRow(id, ver, counted.get(id)));
  }

  return {
    prepare: () =>
      patiently('indexing threads', async () => {
        await threads.createIndexes([...logIndexes.threads]);
      }),
    /** Threads of which replies came or went, each with the sequence up to which its room is written. */
    async fold(touched: ReadonlyMap<string, number>): Promise<void> {
      if (touched.size === 0) return;
      const known = await versions([...touched.keys()]);
      const byVersion = new Map<number, string[]>();
      for (const [id, upTo] of touched) {
        // Behind a version that is there already: what is written late, out of its order, must count all the same.
        const ver = Math.max(upTo, known.get(id) ?? 0);
        byVersion.set(ver, [...(byVersion.get(ver) ?? []), id]);
      }
      const rows: ThreadRow[] = [];
      for (const [ver, ids] of byVersion) rows.push(...(await rowsAt(ver, ids)));
      await patiently('writing threads', () => threads.bulkWrite(rows.map(put), { ordered: false }));
    },
  };
}

/** Replies up to that version that were there at it, by thread. */
function replies(ids: readonly string[], ver: number) {
  const isThere = { $or: [{ $ne: [{ $ifNull: ['$del', false] }, true] }, { $gt: ['$ver', ver] }] };
  const newestFirst = { s: -1 } as const;
  return [
    { $match: { th: { $in: [...ids] }, s: { $lte: ver }, $expr: isThere } },
    {
      $group: {
        _id: { th: '$th', u: '$u' },
        n: { $sum: 1 },
        last: { $top: { sortBy: newestFirst, output: { s: '$s', at: '$at' } } },
      },
    },
    {
      $group: {
        _id: '$_id.th',
        n: { $sum: '$n' },
        last: {
          $topN: {
            n: maxLastRepliers,
            sortBy: { 'last.s': -1 },
            output: { s: '$last.s', u: '$_id.u', at: '$last.at' },
          },
        },
      },
    },
  ];
}

function threadRow(_id: string, ver: number, counted: Counted | undefined): ThreadRow {
  const [r, m] = _id.split(':') as [RoomId, string];
  const { n = 0, last: repliers = [] } = counted ?? {};
  const [last] = repliers;
  return { _id, r, m: Number(m), n, ...(last === undefined ? {} : { last }), users: repliers.map(({ u }) => u), ver };
}

function put(row: ThreadRow): AnyBulkWriteOperation<ThreadRow> {
  const isNewer = { $lte: [{ $ifNull: ['$ver', 0] }, row.ver] };
  const update = [{ $replaceWith: { $cond: [isNewer, { $literal: row }, '$$ROOT'] } }];
  return { updateOne: { filter: { _id: row._id }, update, upsert: true } };
}
