import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { Db, Document, UpdateFilter } from 'mongodb';
import { Deposed, SetBack, type StreamLease, type StreamLeases } from './stream-lease.ts';

interface WatermarkRow {
  readonly _id: string;
  readonly seq: number;
  /** How far it is projected for search. */
  readonly searched?: number;
  readonly high: number;
  readonly epoch: number;
  readonly holder: string;
  readonly until: Date;
  readonly created: string;
  /** The newest ones, for whoever looks into it later. */
  readonly holes?: readonly { readonly from: number; readonly to: number; readonly at: Date }[];
}

const keptHoles = 20;

const unknown = { seq: 0, high: 0, epoch: 0, holder: '', until: new Date(0), created: '' } as const;

export function createMongoStreamLeases(db: Db, options: { holder: string; leaseMs: number }): StreamLeases {
  const { holder, leaseMs } = options;
  const rows = db.collection<WatermarkRow>('watermarks', decisive);
  const until = { $add: ['$$NOW', leaseMs] };

  function leaseOf({ _id: stream, epoch, seq }: WatermarkRow): StreamLease {
    /** A MongoDB restored from a backup gives epochs a second time: so the holder counts, and how far it had come. */
    const mine = { _id: stream, epoch, holder };
    let floor = seq;

    async function write(what: string, update: UpdateFilter<WatermarkRow> | Document[]): Promise<void> {
      const written = rows.updateOne({ ...mine, seq: { $gte: floor } }, update, { maxTimeMS });
      if ((await fromStore(what, written)).matchedCount > 0) return;
      const row = await fromStore('reading a watermark', rows.findOne(mine, { maxTimeMS }));
      throw row !== null && row.seq < floor ? new SetBack(stream, row.seq, floor) : new Deposed(stream);
    }

    async function mineNow(): Promise<WatermarkRow> {
      const row = await fromStore('reading a watermark', rows.findOne(mine, { maxTimeMS }));
      if (row === null) throw new Deposed(stream);
      return row;
    }

    return {
      stream,
      epoch,
      async position() {
        floor = (await mineNow()).seq;
        return floor;
      },
      renew: (high) => write('renewing a lease', [{ $set: { until, high: { $max: ['$high', high] } } }]),
      async advance(to) {
        await write('moving a watermark', { $max: { seq: to, high: to } });
        floor = Math.max(floor, to);
      },
      distrust: () => write('closing a stream', { $set: { created: '' } }),
      async trust(created, to) {
        // Where search is at the watermark it need not look for numbers that were never given.
        const searched = { $cond: [{ $gte: ['$searched', '$seq'] }, { $max: ['$searched', to] }, '$searched'] };
        const upTo = { seq: { $max: ['$seq', to] }, high: { $max: ['$high', to] }, searched };
        await write('opening a stream', [{ $set: { created: { $literal: created }, ...upTo } }]);
        floor = Math.max(floor, to);
      },
      noteHole: (from, to) =>
        write('noting a hole', { $push: { holes: { $each: [{ from, to, at: new Date() }], $slice: -keptHoles } } }),
      async searched() {
        const { searched, seq } = await mineNow();
        return searched ?? seq;
      },
      async moveSearched(from, to) {
        const filter = { ...mine, searched: from, seq: { $gte: to } };
        const moved = rows.updateOne(filter, { $set: { searched: to } }, { maxTimeMS });
        if ((await fromStore('noting what is searched', moved)).matchedCount > 0) return;
        throw new SetBack(stream, (await mineNow()).searched ?? 0, from);
      },
      async release() {
        const released = rows.updateOne(mine, { $set: { until: unknown.until } }, { maxTimeMS });
        if ((await fromStore('releasing a lease', released)).matchedCount === 0) throw new Deposed(stream);
      },
    };
  }

  return {
    async take(stream) {
      const first = rows.updateOne({ _id: stream }, { $setOnInsert: { ...unknown } }, { upsert: true, maxTimeMS });
      await fromStore('recording a stream', first);
      const free = { _id: stream, $expr: { $lt: ['$until', '$$NOW'] } };
      // What was written before search had a mark was projected with it.
      const searched = { $ifNull: ['$searched', '$seq'] };
      const mine = [{ $set: { holder, until, epoch: { $add: ['$epoch', 1] }, searched } }];
      const taken = rows.findOneAndUpdate(free, mine, { returnDocument: 'after', maxTimeMS });
      const row = await fromStore('taking a lease', taken);
      return row === null ? undefined : leaseOf(row);
    },
    async record(stream) {
      const row = await fromStore('reading a watermark', rows.findOne({ _id: stream }, { maxTimeMS }));
      const { seq, high, created } = row ?? unknown;
      return { seq, high: high ?? 0, created };
    },
    async note(stream, high) {
      await fromStore('noting a number', rows.updateOne({ _id: stream }, { $max: { high } }, { maxTimeMS }));
    },
  };
}
