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
  const [events, reactions] = [rowsOf(db, 'events'), rowsOf(db, 'reactions')];
  return async (room, user, limit) => {
    await members.findOne({ _id: `${room}:${user}`, out: false }, { maxTimeMS });
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
    await reactions.aggregate(stages, { maxTimeMS }).toArray();
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
  return async (user, limit) => {
    const mine = await members
      .find({ u: user, out: false }, { maxTimeMS })
      .sort({ r: -1 })
      .limit(limit + 1)
      .toArray();
    const ids = mine.map(({ r }) => r as string);
    const found = await all.find({ _id: { $in: ids } }, { maxTimeMS }).toArray();
    const marks = await reads.find({ _id: { $in: ids.map((id) => `${id}:${user}`) } }, { maxTimeMS }).toArray();
    const read = new Map(marks.map((mark) => [mark['r'], mark['read']]));
    const byId = new Map(found.map((room) => [room._id, room]));
    const items = mine.slice(0, limit).map(({ r, role, at }) => {
      const { _id: id, kind, name, no: number, members: count, createdAt, by } = byId.get(r as string) as Row;
      const shown = { id, kind, name, history: 'all', number, members: count, createdAt, createdBy: by };
      return { ...shown, role, joinedAt: at, read: read.get(r) ?? 0 };
    });
    return { items, next: ids.at(limit - 1) };
  };
}
