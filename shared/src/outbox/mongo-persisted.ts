import type { Db } from 'mongodb';
import { decisive, fromStore, maxTimeMS } from './mongo-call.ts';
import type { Persisted } from './outbox.ts';

export function createMongoPersisted(db: Db): Persisted {
  const watermarks = db.collection<{ _id: string; seq: number }>('watermarks', decisive);
  const events = db.collection<{ _id: string; s: number; op?: string }>('events', decisive);
  return {
    async watermark(stream) {
      const row = watermarks.findOne({ _id: stream }, { projection: { seq: 1 }, maxTimeMS });
      return (await fromStore('reading a watermark', row))?.seq ?? 0;
    },
    async seqOf(op) {
      const row = events.findOne({ op }, { projection: { s: 1 }, maxTimeMS });
      return (await fromStore('looking an event up', row))?.s;
    },
  };
}
