import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import type { ClientId, MessageBody, MessageEvent, RoomId, UserId } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import { type EventStore, type Message, type MessageRow, messageKey } from '../domain/event-store.ts';

/** A row of `events`, which the log worker writes. */
interface EventRow {
  readonly _id: string;
  readonly r: RoomId;
  readonly s: number;
  readonly u: UserId;
  readonly k: string;
  readonly c?: ClientId;
  readonly at: Date;
  readonly raw: string;
  readonly cur?: MessageBody;
  readonly dupOf?: number;
}

export function createEventStore(db: Db): EventStore {
  const events = db.collection<EventRow>('events', decisive);
  const watermarks = db.collection<{ _id: string; seq: number }>('watermarks', decisive);
  return {
    async watermark(stream) {
      const found = watermarks.findOne({ _id: stream }, { projection: { seq: 1 }, maxTimeMS });
      return (await fromStore('reading a watermark', found))?.seq ?? 0;
    },
    async messages(room, { after, before }, direction, limit) {
      const filter = { r: room, k: 'msg', s: { $gt: after, $lt: before } };
      const sort = { s: direction === 'newest' ? -1 : 1 } as const;
      const found = events.find(filter, { maxTimeMS }).sort(sort).limit(limit).toArray();
      return (await fromStore('reading history', found)).map(toRow);
    },
    async find(room, user, kind, clientId) {
      const projection = { s: 1, at: 1, raw: 1 };
      const found = events.findOne({ r: room, u: user, k: kind, c: clientId }, { projection, maxTimeMS });
      const row = await fromStore('looking a message up', found);
      return row === null ? undefined : { seq: row.s, at: row.at, raw: row.raw };
    },
    async firsts(room, messages) {
      const users = [...new Set(messages.map((message) => message.user))];
      const ids = [...new Set(messages.map((message) => message.clientId))];
      const filter = { r: room, u: { $in: users }, k: 'msg', c: { $in: ids } };
      const found = events.find(filter, { projection: { u: 1, c: 1, s: 1 }, maxTimeMS }).toArray();
      const rows = await fromStore('looking messages up', found);
      return new Map(
        rows.flatMap(({ u, c, s }) => (c === undefined ? [] : [[messageKey({ user: u, clientId: c }), s]])),
      );
    },
  };
}

function toRow(row: EventRow): MessageRow {
  const event = JSON.parse(row.raw) as MessageEvent;
  const message: Message = {
    seq: row.s,
    user: row.u,
    at: row.at,
    clientId: event.c,
    body: row.cur ?? event.b,
    ...(event.re === undefined ? {} : { thread: event.re }),
  };
  return { seq: row.s, message, hidden: row.dupOf !== undefined };
}
