import { type Collection, type Db, MongoClient } from 'mongodb';

/** The reads of one page of history and of one page of rooms, as `services/api/src/repositories` make them. */
export interface MongoPages {
  history(room: string, user: string, limit: number): Promise<unknown>;
  rooms(user: string, limit: number): Promise<unknown>;
}

const maxTimeMS = 5_000;
const decisive = { readConcern: { level: 'majority' }, readPreference: 'primary' } as const;

interface Row {
  readonly _id: string;
  readonly [field: string]: unknown;
}

export async function openMongoPages(url: string, database: string): Promise<MongoPages> {
  const client = await new MongoClient(url, { maxPoolSize: 50, minPoolSize: 2, ignoreUndefined: true }).connect();
  const db = client.db(database);
  return { history: history(db), rooms: rooms(db) };
}

const rowsOf = (db: Db, name: string): Collection<Row> => db.collection<Row>(name, decisive);

function history(db: Db): MongoPages['history'] {
  const [members, watermarks] = [rowsOf(db, 'members'), rowsOf(db, 'watermarks')];
  const [events, reactions, threads] = [rowsOf(db, 'events'), rowsOf(db, 'reactions'), rowsOf(db, 'threads')];
  const all = rowsOf(db, 'rooms');
  return async (room, user, limit) => {
    await Promise.all([
      members.findOne({ _id: `${room}:${user}`, out: false }, { maxTimeMS }),
      all.findOne({ _id: room, gone: true }, { projection: { _id: 1 }, maxTimeMS }),
      all.findOne({ _id: room, gone: { $ne: true } }, { maxTimeMS }),
    ]);
    await watermarks.findOne({ _id: 'ROOM_0' }, { projection: { seq: 1 }, maxTimeMS });
    const filter = { r: room, k: 'msg', s: { $gt: 0, $lt: Number.MAX_SAFE_INTEGER } };
    const found = await events
      .find(filter, { maxTimeMS })
      .sort({ s: -1 })
      .limit(limit + 1)
      .toArray();
    const seqs = found.map(({ s }) => s);
    const stages = [
      { $match: { r: room, m: { $in: seqs }, on: true } },
      { $group: { _id: { m: '$m', e: '$e' }, n: { $sum: 1 }, mine: { $max: { $eq: ['$u', user] } } } },
    ];
    await Promise.all([
      reactions.aggregate(stages, { maxTimeMS }).toArray(),
      threads.find({ _id: { $in: found.map(({ _id }) => _id) } }, { maxTimeMS }).toArray(),
    ]);
    return { items: found.slice(0, limit).map(messageOf), next: seqs.at(limit - 1) };
  };
}

function messageOf({ s, u, at, raw }: Row) {
  const { c, b } = JSON.parse(raw as string) as { c: string; b: { text: string } };
  const when = (at as Date).toISOString();
  return { sequence: s, kind: 'msg', user: u, at: when, clientId: c, body: { text: b.text }, reactions: [] };
}

function rooms(db: Db): MongoPages['rooms'] {
  const [members, all, reads] = [rowsOf(db, 'members'), rowsOf(db, 'rooms'), rowsOf(db, 'reads')];
  const [watermarks, events, mentions] = [rowsOf(db, 'watermarks'), rowsOf(db, 'events'), rowsOf(db, 'mentions')];
  const [ofUser, ofRooms] = [rowsOf(db, 'notify_users'), rowsOf(db, 'notify_rooms')];
  return async (user, limit) => {
    const mine = await members.find({ u: user, out: false }, { limit: 3_000, maxTimeMS }).toArray();
    const every = { _id: { $in: mine.map(({ r }) => r as string) }, gone: { $ne: true } } as const;
    const activity = { projection: { 'last.at': 1 }, hint: 'activity', maxTimeMS };
    const at = new Map((await all.find(every, activity).toArray()).map((row) => [row._id, when(row)]));
    const rank = ({ r, at: joined }: Row) => Math.max((joined as Date).getTime(), at.get(r as string) ?? 0);
    const shown = mine.sort((a, b) => rank(b) - rank(a)).slice(0, limit);
    const ids = shown.map(({ r }) => r as string);
    const byId = new Map((await all.find({ _id: { $in: ids } }, { maxTimeMS }).toArray()).map((row) => [row._id, row]));
    const own = { _id: { $in: ids.map((id) => `${id}:${user}`) } };
    const [marks] = await Promise.all([
      reads.find(own, { maxTimeMS }).toArray(),
      watermarks.findOne({ _id: 'RCPT.applied' }, { maxTimeMS }),
    ]);
    const read = new Map(marks.map((mark) => [mark['r'], mark['read']]));
    const [unread] = await Promise.all([
      events
        .aggregate(
          unreadIn(
            ids.filter((id) => seqOf(byId.get(id)) > 0),
            user,
          ),
          { maxTimeMS },
        )
        .toArray(),
      mentions.aggregate(newestMentions(ids, user), { hint: 'of_user_in_room', maxTimeMS }).toArray(),
    ]);
    await Promise.all([ofUser.findOne({ _id: user }, { maxTimeMS }), ofRooms.find(own, { maxTimeMS }).toArray()]);
    const counts = new Map(unread.map((row) => [row['r'], row['n']]));
    const items = shown.map(({ r, role, at: joinedAt }) => {
      const { _id: id, kind, name, no: number, members: count, createdAt, by } = byId.get(r as string) as Row;
      const room = { id, kind, name, history: 'all', number, members: count, createdAt, createdBy: by };
      return { ...room, role, joinedAt, read: read.get(r) ?? 0, unread: counts.get(r) ?? 0, mentions: 0 };
    });
    return { items, next: ids.at(-1) };
  };
}

const when = ({ last }: Row): number => (last as { at?: Date | null } | undefined)?.at?.getTime() ?? 0;
const seqOf = (row: Row | undefined): number => (row?.['last'] as { s: number } | undefined)?.s ?? 0;

function unreadIn(rooms: readonly string[], user: string): object[] {
  const [first = [{ $match: { r: '' } }], ...others] = rooms.map((room) => [
    { $match: { r: room, k: 'msg', s: { $gt: 0 } } },
    { $limit: 300 },
    { $match: { $or: [{ th: { $exists: false } }, { also: true }], u: { $ne: user } } },
    { $limit: 100 },
    { $project: { _id: 0, r: 1 } },
    { $group: { _id: '$r', n: { $sum: 1 } } },
    { $project: { _id: 0, r: '$_id', n: 1 } },
  ]);
  return [...first, ...others.map((pipeline) => ({ $unionWith: { coll: 'events', pipeline } }))];
}

const newestMentions = (rooms: readonly string[], user: string): object[] => [
  { $match: { u: user, r: { $in: rooms } } },
  { $sort: { u: -1, r: -1, m: -1 } },
  { $group: { _id: '$r', newest: { $first: '$m' } } },
];
