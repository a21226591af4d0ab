import {
  decisive,
  insertOutboxRows,
  inTransaction,
  maxTimeMS,
  newInboxRow,
  type OutboxRow,
} from '@gapless/shared/outbox';
import {
  type EventRow,
  logIndexes,
  type MentionEvent,
  type MentionRow,
  type OpId,
  type UserId,
} from '@gapless/shared/schema';
import type { ClientSession, Db } from 'mongodb';
import type { MentionStore, NamingMessage } from './mention-store.ts';
import { patiently, refusals } from './mongo-patience.ts';

const rowsAtOnce = 500;
const minuteMs = 60_000;
/** Far longer than anybody asks again. */
const callsKeptSeconds = 86_400;
const unordered = { ordered: false } as const;

/** Which message had everybody of a room called in that minute. */
interface CallRow {
  /** `<room>:<minute>`. */
  readonly _id: string;
  readonly m: number;
  readonly at: Date;
}

export function createMongoMentionStore(db: Db): MentionStore {
  const events = db.collection<EventRow>('events', decisive);
  const mentions = db.collection<MentionRow>('mentions', decisive);
  const calls = db.collection<CallRow>('calls', decisive);

  async function callerIn(minute: string, seq: number): Promise<number> {
    const first = { $setOnInsert: { m: seq, at: new Date() } };
    const options = { upsert: true, returnDocument: 'after', maxTimeMS } as const;
    const row = await patiently('calling everybody', () => calls.findOneAndUpdate({ _id: minute }, first, options));
    return row?.m ?? seq;
  }

  /** By what it said before: an edit takes nobody's mention away. */
  async function hasCalled({ room, seq, hasNamed }: NamingMessage): Promise<boolean> {
    const find = () => mentions.findOne({ r: room, m: seq, all: true }, { projection: { _id: 1 }, maxTimeMS });
    return hasNamed && (await patiently('reading mentions', find)) !== null;
  }

  /** What was alerted long ago, of a mention that was taken away and is back. */
  async function alerted(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const find = () => events.find({ op: { $in: ids as OpId[] } }, { projection: { op: 1 }, maxTimeMS }).toArray();
    return new Set((await patiently('looking alerts up', find)).flatMap(({ op }) => op ?? []));
  }

  async function addSome(
    session: ClientSession,
    rows: readonly MentionRow[],
    silent: ReadonlySet<string>,
  ): Promise<readonly MentionRow[]> {
    const within = db.collection<MentionRow>('mentions');
    const ids = rows.map(({ _id }) => _id);
    const found = within.find({ _id: { $in: ids } }, { projection: { _id: 1 }, session, maxTimeMS });
    const there = new Set((await found.toArray()).map(({ _id }) => _id));
    const missing = rows.filter(({ _id }) => !there.has(_id));
    if (missing.length === 0) return [];
    await within.insertMany([...missing], { session, ...unordered });
    const known = await alerted(missing.map(({ _id }) => _id));
    const untold = missing.filter(({ _id }) => !known.has(_id) && !silent.has(_id));
    if (untold.length > 0) await insertOutboxRows(db, session, untold.map(alertOf));
    return untold;
  }

  return {
    prepare: () =>
      patiently('indexing mentions', async () => {
        await mentions.createIndexes([...logIndexes.mentions]);
        await calls.createIndex({ at: 1 }, { expireAfterSeconds: callsKeptSeconds });
      }),
    async heard(messages) {
      const callers = new Map<string, number>();
      const heard = new Set<string>();
      for (const message of messages) {
        const minute = `${message.room}:${Math.floor(message.at.getTime() / minuteMs)}`;
        const caller = callers.get(minute) ?? (await callerIn(minute, message.seq));
        callers.set(minute, caller);
        if (caller === message.seq || (await hasCalled(message))) heard.add(message.id);
      }
      return heard;
    },
    async messages(ids) {
      const projection = { r: 1, s: 1, u: 1, at: 1, ed: 1, cur: 1, ver: 1, dupOf: 1, men: 1, mall: 1, menv: 1 };
      const find = () => events.find({ _id: { $in: [...ids] }, k: 'msg' }, { projection, maxTimeMS }).toArray();
      return (await patiently('reading messages', find)).map(toMessage);
    },
    async keep(decided) {
      if (decided.length === 0) return;
      const updates = decided.map(({ message: { id, version }, named: { users, all } }) => ({
        updateOne: {
          filter: { _id: id, ver: version, cur: { $exists: true } },
          update: all
            ? { $set: { men: users, menv: version, mall: true as const } }
            : { $set: { men: users, menv: version }, $unset: { mall: '' as const } },
        },
      }));
      // A rule that refuses the row has refused more than this: nobody is held up by it.
      await refusals('keeping mentions', () => events.bulkWrite(updates, unordered));
    },
    async retain(messages, ids) {
      if (messages.length === 0) return;
      const filter = { $or: messages.map(({ room, seq }) => ({ r: room, m: seq })) };
      const find = () => mentions.find(filter, { projection: { _id: 1 }, maxTimeMS }).toArray();
      const gone = (await patiently('reading mentions', find)).flatMap(({ _id }) => (ids.has(_id) ? [] : [_id]));
      if (gone.length === 0) return;
      await patiently('removing mentions', () => mentions.deleteMany({ _id: { $in: gone } }, { maxTimeMS }));
    },
    async add(rows, silent) {
      const told: UserId[] = [];
      for (let from = 0; from < rows.length; from += rowsAtOnce) {
        const some = rows.slice(from, from + rowsAtOnce);
        const add = () => inTransaction(db.client, (session) => addSome(session, some, silent));
        told.push(...(await patiently('adding mentions', add)).map(({ u }) => u));
      }
      return told;
    },
  };
}

function toMessage(row: EventRow): NamingMessage {
  const { _id: id, r: room, s: seq, u: author, at, ed, cur, ver: version, dupOf, men, mall, menv } = row;
  return {
    id,
    room,
    seq,
    author,
    at: ed ?? at,
    ...(cur === undefined || dupOf !== undefined ? {} : { text: cur.text }),
    version,
    ...(menv === version ? { named: { users: men ?? [], all: mall === true } } : {}),
    hasNamed: menv !== undefined,
  };
}

function alertOf({ _id, r, m, u, by, at, all }: MentionRow): OutboxRow {
  const event: MentionEvent = {
    ...{ v: 1, t: 'mention', r: u, u: by, at: at.getTime(), in: r, m },
    ...(all ? { all: 1 } : {}),
  };
  return newInboxRow(u, event, _id as OpId);
}
