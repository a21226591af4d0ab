import { decisive, fromStore } from '@gapless/shared/outbox';
import type { Binary, Db } from 'mongodb';
import type { DeadLetters } from './dead-letters.ts';

interface DeadLetterRow {
  readonly _id: string;
  readonly room: string;
  readonly reason: string;
  readonly raw: Binary | Uint8Array;
  readonly size: number;
  readonly at: Date;
}

const keptBytes = 64 * 1024;

export function createMongoDeadLetters(db: Db): DeadLetters {
  const rows = db.collection<DeadLetterRow>('dead_letters', decisive);
  return {
    async put(stream, letters) {
      if (letters.length === 0) return;
      const updates = letters.map(({ event, reason }) => {
        const raw = event.bytes.slice(0, keptBytes);
        const row = { room: event.room, reason, raw, size: event.bytes.byteLength, at: new Date() };
        return {
          updateOne: { filter: { _id: `${stream}:${event.seq}` }, update: { $setOnInsert: row }, upsert: true },
        };
      });
      await fromStore('keeping dead letters', rows.bulkWrite(updates, { ordered: false }));
    },
  };
}
