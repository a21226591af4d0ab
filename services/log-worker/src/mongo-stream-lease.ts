import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { Db, Document, UpdateFilter } from 'mongodb';
import { Deposed, type StreamLease, type StreamLeases } from './stream-lease.ts';

interface WatermarkRow {
  readonly _id: string;
  readonly seq: number;
  readonly high: number;
  readonly epoch: number;
  readonly holder: string;
  readonly until: Date;
  readonly created: string;
}

const unknown = { seq: 0, high: 0, epoch: 0, holder: '', until: new Date(0), created: '' } as const;

export function createMongoStreamLeases(db: Db, options: { holder: string; leaseMs: number }): StreamLeases {
  const { holder, leaseMs } = options;
  const rows = db.collection<WatermarkRow>('watermarks', decisive);
  const until = { $add: ['$$NOW', leaseMs] };

  function leaseOf(stream: string, epoch: number): StreamLease {
    /** The holder is part of the condition: a MongoDB restored from a backup gives epochs a second time. */
    const write = async (what: string, update: UpdateFilter<WatermarkRow> | Document[]): Promise<void> => {
      const written = rows.updateOne({ _id: stream, epoch, holder }, update, { maxTimeMS });
      if ((await fromStore(what, written)).matchedCount === 0) throw new Deposed(stream);
    };
    return {
      stream,
      epoch,
      renew: (high) => write('renewing a lease', [{ $set: { until, high: { $max: ['$high', high] } } }]),
      advance: (seq) => write('moving a watermark', { $max: { seq, high: seq } }),
      distrust: () => write('closing a stream', { $set: { created: '' } }),
      trust: (created, seq) => write('opening a stream', { $set: { created }, $max: { seq, high: seq } }),
      release: () => write('releasing a lease', { $set: { until: unknown.until } }),
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
      return row === null ? undefined : leaseOf(stream, row.epoch);
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
