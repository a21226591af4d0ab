import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import {
  type ClientId,
  type EditEvent,
  type EventRow,
  eventRowId,
  type MessageEvent,
  type PinRow,
  type ReactionRow,
  type RoomId,
  reactionRowId,
  type ThreadRow,
  type UserId,
} from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import {
  type EventStore,
  type Message,
  type MessageRow,
  messageKey,
  type Range,
  type ReactionKey,
  type WrittenThread,
} from '../domain/log/event-store.ts';
import { placeOf } from '../domain/messages/message-of.ts';
import { maxPins } from '../domain/messages/pins.ts';
import { readTogether } from '../read-together.ts';

/** Beside those that the log worker makes for itself. */
export const eventIndexes = [
  { key: { r: 1, m: 1, s: 1 }, name: 'edits', partialFilterExpression: { k: 'edit' } },
] as const;
export const reactionIndexes = [{ key: { r: 1, m: 1, on: 1, e: 1, u: 1 }, name: 'reactors' }] as const;

/** Messages that one query looks up. */
const firstsAtOnce = 200;

const reactionId = (room: RoomId, { seq, user, emoji }: ReactionKey): string => reactionRowId(room, seq, user, emoji);

export function createEventStore(db: Db): EventStore {
  const events = db.collection<EventRow>('events', decisive);
  const reactions = db.collection<ReactionRow>('reactions', decisive);
  const threads = db.collection<ThreadRow>('threads', decisive);
  const pins = db.collection<PinRow>('pins', decisive);
  const watermarks = db.collection<Watermark>('watermarks', decisive);
  const watermark = readTogether(async (streams: readonly string[]) => {
    const found = watermarks
      .find({ _id: { $in: [...streams] } }, { projection: { seq: 1, searched: 1 }, maxTimeMS })
      .toArray();
    return new Map((await fromStore('reading watermarks', found)).map((row) => [row._id, row]));
  });
  const between = async (room: RoomId, { after, before }: Range, direction: 1 | -1, limit: number) => {
    const _id = { $gt: eventRowId(room, after), $lt: eventRowId(room, before) };
    const found = events
      .find({ _id }, { projection: { s: 1, raw: 1 }, maxTimeMS })
      .sort({ _id: direction })
      .limit(limit);
    const rows = await fromStore('reading events', found.toArray());
    return rows.map(({ s, raw }) => ({ seq: s, raw }));
  };
  return {
    watermark: async (stream) => (await watermark(stream))?.seq ?? 0,
    async searched(stream) {
      const { seq = 0, searched = seq } = (await watermark(stream)) ?? {};
      return searched;
    },
    async messages(room, { after, before }, { direction, limit, thread }) {
      const of = thread === undefined ? { r: room, k: 'msg' } : { th: eventRowId(room, thread) };
      const filter = { ...of, s: { $gt: after, $lt: before } };
      const sort = { s: direction === 'newest' ? -1 : 1 } as const;
      const found = events.find(filter, { maxTimeMS }).sort(sort).limit(limit).toArray();
      return (await fromStore('reading history', found)).map(toRow);
    },
    range: (room, range, limit) => between(room, range, 1, limit),
    latest: (room, range, limit) => between(room, range, -1, limit),
    async find(room, user, kind, clientId) {
      const projection = { s: 1, at: 1, raw: 1 };
      const found = events.findOne({ r: room, u: user, k: kind, c: clientId }, { projection, maxTimeMS });
      const row = await fromStore('looking a message up', found);
      return row === null ? undefined : { seq: row.s, at: row.at, raw: row.raw };
    },
    async messagesAt(room, seqs) {
      if (seqs.length === 0) return [];
      const found = events.find({ _id: { $in: seqs.map((seq) => eventRowId(room, seq)) }, k: 'msg' }, { maxTimeMS });
      return (await fromStore('reading messages', found.toArray())).map(toRow);
    },
    async edits(room, { message, author }, { after, limit }) {
      const filter = { r: room, m: message, k: 'edit', u: author, s: { $gt: after } };
      const found = events.find(filter, { maxTimeMS }).sort({ s: 1 }).limit(limit).toArray();
      const rows = await fromStore('reading edits', found);
      return rows.map(({ s, at, raw }) => ({ seq: s, at, body: (JSON.parse(raw) as EditEvent).b }));
    },
    async threads(room, roots) {
      if (roots.length === 0) return [];
      const found = threads.find({ _id: { $in: roots.map((root) => eventRowId(room, root)) } }, { maxTimeMS });
      return (await fromStore('reading threads', found.toArray())).map(toThread);
    },
    async threadsBefore(room, { before, limit }) {
      const filter = { r: room, 'last.s': { $lt: before } };
      const found = threads.find(filter, { maxTimeMS }).sort({ 'last.s': -1 }).limit(limit).toArray();
      return (await fromStore('reading threads', found)).map(toThread);
    },
    async pins(room, besides) {
      const options = { maxTimeMS, limit: 2 * maxPins };
      const [on, others] = [
        pins.find({ r: room, on: true }, options).toArray(),
        pins.find({ _id: { $in: besides.map((seq) => eventRowId(room, seq)) } }, options).toArray(),
      ];
      const rows = await fromStore('reading pins', Promise.all([on, others]));
      const known = new Map(rows.flat().map((row) => [row._id, row]));
      return [...known.values()].map(({ m, u, at, on, ver }) => ({ seq: m, by: u, at, on, version: ver }));
    },
    async reactions(room, seqs, reader, except) {
      if (seqs.length === 0) return new Map();
      const others = { _id: { $nin: except.map((key) => reactionId(room, key)) } };
      const stages = [
        { $match: { r: room, m: { $in: [...seqs] }, on: true, ...(except.length === 0 ? {} : others) } },
        { $group: { _id: { m: '$m', e: '$e' }, n: { $sum: 1 }, mine: { $max: { $eq: ['$u', reader] } } } },
      ];
      const counted = reactions.aggregate<CountedRow>(stages, { maxTimeMS }).toArray();
      const rows = await fromStore('counting reactions', counted);
      const shown = rows.map(({ _id, n, mine }) => [_id.m, { emoji: _id.e, count: n, mine }] as const);
      return new Map(seqs.map((seq) => [seq, shown.filter(([m]) => m === seq).map(([, reaction]) => reaction)]));
    },
    async reactors(room, { seq, emoji }, { above, limit }) {
      const filter = { r: room, m: seq, on: true, e: emoji, ...(above === undefined ? {} : { u: { $gt: above } }) };
      const found = reactions.find(filter, { projection: { u: 1 }, maxTimeMS });
      const rows = await fromStore('reading reactions', found.sort({ u: 1 }).limit(limit).toArray());
      return rows.map(({ u }) => u);
    },
    async reactionStates(room, keys) {
      if (keys.length === 0) return [];
      const found = reactions.find({ _id: { $in: keys.map((key) => reactionId(room, key)) } }, { maxTimeMS }).toArray();
      const rows = await fromStore('reading reactions', found);
      return rows.map(({ m, u, e, on, ver }) => ({ seq: m, user: u, emoji: e, on, version: ver }));
    },
    async firsts(room, messages) {
      const rows: Pick<EventRow, 'u' | 'c' | 's'>[] = [];
      for (let at = 0; at < messages.length; at += firstsAtOnce) {
        const filter = { $or: keysOf(room, messages.slice(at, at + firstsAtOnce)) };
        const found = events.find(filter, { projection: { u: 1, c: 1, s: 1 }, maxTimeMS }).toArray();
        rows.push(...(await fromStore('looking messages up', found)));
      }
      return new Map(
        rows.flatMap(({ u, c, s }) => (c === undefined ? [] : [[messageKey({ user: u, clientId: c }), s]])),
      );
    },
  };
}

/** One seek of the index for each message: of many users, users times ids would be far more. */
function keysOf(room: RoomId, messages: readonly Message[]) {
  const ids = new Map<UserId, ClientId[]>();
  for (const { user, clientId } of messages) ids.set(user, [...(ids.get(user) ?? []), clientId]);
  return [...ids].map(([u, c]) => ({ r: room, u, k: 'msg' as const, c: { $in: c } }));
}

interface Watermark {
  readonly _id: string;
  readonly seq: number;
  /** Absent where no worker of a version that says it has written yet: all is projected then. */
  readonly searched?: number;
}

interface CountedRow {
  readonly _id: { readonly m: number; readonly e: string };
  readonly n: number;
  readonly mine: boolean;
}

const toThread = ({ m, n, last, users, ver }: ThreadRow): WrittenThread => ({
  root: m,
  count: n,
  users,
  version: ver,
  ...(last === undefined ? {} : { last: { seq: last.s, at: last.at } }),
});

function toRow(row: EventRow): MessageRow {
  const event = JSON.parse(row.raw) as MessageEvent;
  const message: Message = {
    seq: row.s,
    user: row.u,
    at: row.at,
    clientId: event.c,
    body: row.del === true ? { text: '' } : (row.cur ?? event.b),
    version: row.ver,
    deleted: row.del === true,
    ...(row.ed === undefined || row.del === true ? {} : { edited: row.ed }),
    ...placeOf(event),
    ...(row.men === undefined || row.men.length === 0 ? {} : { mentions: row.men }),
    ...(row.link === undefined ? {} : { link: row.link }),
  };
  return { seq: row.s, message, hidden: row.dupOf !== undefined };
}
