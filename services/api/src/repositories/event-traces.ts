import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import {
  deadLetterId,
  type EventRow,
  eventRowId,
  type MarkRow,
  markRowId,
  type RoomId,
  type UserId,
} from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import type { EventStore } from '../domain/log/event-store.ts';
import type { TraceStore } from '../domain/messages/message-trace.ts';

const facts = { u: 1, k: 1, c: 1, dc: 1, at: 1, wr: 1, dupOf: 1 } as const;

/** As much of a dead letter of the log worker's as may be told without what it says. */
interface DeadLetterFacts {
  readonly _id: string;
  readonly room: RoomId;
  readonly reason: string;
  readonly waits?: true;
  readonly settledAt?: Date;
}

const asideFacts = { room: 1, reason: 1, waits: 1, settledAt: 1 } as const;

export function createTraceStore(db: Db, { watermark }: Pick<EventStore, 'watermark'>): TraceStore {
  const events = db.collection<EventRow>('events', decisive);
  const letters = db.collection<DeadLetterFacts>('dead_letters', decisive);
  const reads = db.collection<MarkRow>('reads', decisive);
  return {
    watermark,
    async event(room, seq) {
      const found = events.findOne({ _id: eventRowId(room, seq) }, { projection: facts, maxTimeMS });
      const row = await fromStore('reading an event', found);
      if (row === null) return undefined;
      const { u: user, k: kind, c, dc, at, wr, dupOf } = row;
      const clientId = c ?? dc;
      return {
        ...{ user, kind, at },
        ...(clientId === undefined ? {} : { clientId }),
        ...(wr === undefined ? {} : { writtenAt: wr }),
        ...(dupOf === undefined ? {} : { duplicateOf: dupOf }),
      };
    },
    async deadLetter(room, stream, seq) {
      const found = letters.findOne({ _id: deadLetterId(stream, seq) }, { projection: asideFacts, maxTimeMS });
      const row = await fromStore('looking for a dead letter', found);
      if (row === null || row.room !== room || row.settledAt !== undefined) return undefined;
      return { reason: row.reason, waits: row.waits === true };
    },
    async marks(room, seq) {
      const [from, to] = [markRowId(room, '' as UserId), `${room};`];
      const reached = (field: string) => ({ $sum: { $cond: [{ $gte: [field, seq] }, 1, 0] } });
      const stages = [
        { $match: { _id: { $gte: from, $lt: to } } },
        { $group: { _id: null, received: reached('$recv'), read: reached('$read') } },
      ];
      const counted = reads.aggregate<{ received: number; read: number }>(stages, { maxTimeMS }).toArray();
      const [found] = await fromStore('counting marks', counted);
      return { received: found?.received ?? 0, read: found?.read ?? 0 };
    },
  };
}
