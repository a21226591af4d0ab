import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { Db, Document, UpdateFilter } from 'mongodb';
import { Deposed, SetBack, type StreamLease, type StreamLeases } from './stream-lease.ts';

interface WatermarkRow {
  readonly _id: string;
  readonly seq: number;
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

    async function raise(what: string, to: number, update: UpdateFilter<WatermarkRow>): Promise<void> {
      await write(what, { ...update, $max: { seq: to, high: to } });
      floor = Math.max(floor, to);
    }

    return {
      stream,
      epoch,
      async position() {
        const row = await fromStore('reading a watermark', rows.findOne(mine, { maxTimeMS }));
        if (row === null) throw new Deposed(stream);
        floor = row.seq;
        return floor;
      },
      renew: (high) => write('renewing a lease', [{ $set: { until, high: { $max: ['$high', high] } } }]),
      advance: (to) => raise('moving a watermark', to, {}),
      distrust: () => write('closing a stream', { $set: { created: '' } }),
      trust: (created, to) => raise('opening a stream', to, { $set: { created } }),
      noteHole: (from, to) =>
        write('noting a hole', { $push: { holes: { $each: [{ from, to, at: new Date() }], $slice: -keptHoles } } }),
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
      const mine = [{ $set: { holder, until, epoch: { $add: ['$epoch', 1] } } }];
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
