import { Failure } from '@gapless/shared/errors';
import { decisive, fromStore, insertOutboxRow, inTransaction, maxTimeMS, newInboxRow } from '@gapless/shared/outbox';
import {
  type NotifyEvent,
  type NotifyLevel,
  type NotifyRoomRow,
  type NotifyUserRow,
  notifyRoomRowId,
  type RoomId,
  type RoomNotify,
  roomNotifyOf,
  type UserId,
  userNotifyOf,
} from '@gapless/shared/schema';
import type { ClientSession, Db, MongoClient } from 'mongodb';
import type { NotifyAt, NotifyChange, NotifyStore, RoomVoices, Said } from '../domain/reading/notify-store.ts';
import type { Sent } from '../domain/rooms/room-changes.ts';

/** Of a room those who asked for a level, however many others said something of it. */
export const notifyIndexes = [{ key: { r: 1, level: 1, u: 1 }, name: 'voices_of_room' }] as const;

interface Values {
  readonly level?: NotifyLevel;
  readonly until?: number;
}

export function createNotifyStore(client: MongoClient, db: Db): NotifyStore {
  const users = db.collection<NotifyUserRow>('notify_users', decisive);
  const rooms = db.collection<NotifyRoomRow>('notify_rooms', decisive);

  const tell = async (session: ClientSession, event: NotifyEvent): Promise<Sent> => {
    const row = newInboxRow(event.r, event);
    await insertOutboxRow(db, session, row);
    return { room: row.r, op: row._id };
  };

  async function setUser(session: ClientSession, user: UserId, change: NotifyChange, at: NotifyAt) {
    const within = db.collection<NotifyUserRow>('notify_users');
    const row = await within.findOne({ _id: user }, { session, maxTimeMS });
    const next = changed(row ?? undefined, change, at);
    if (next === undefined) return { said: userSaid(row ?? undefined), sent: undefined };
    const made: NotifyUserRow = { _id: user, ...next };
    await within.replaceOne({ _id: user }, made, { session, upsert: true });
    const event: NotifyEvent = { v: 1, t: 'notify', r: user, u: user, at: at.nowMs, ...next };
    return { said: userSaid(made), sent: await tell(session, event) };
  }

  async function setRoom(session: ClientSession, user: UserId, room: RoomId, change: NotifyChange, at: NotifyAt) {
    const within = db.collection<NotifyRoomRow>('notify_rooms');
    const _id = notifyRoomRowId(room, user);
    const row = await within.findOne({ _id }, { session, maxTimeMS });
    const next = changed(row ?? undefined, change, at);
    if (next === undefined) return { said: roomSaid(row ?? undefined), sent: undefined };
    const made: NotifyRoomRow = { _id, r: room, u: user, ...next };
    await within.replaceOne({ _id }, made, { session, upsert: true });
    const event: NotifyEvent = { v: 1, t: 'notify', r: user, u: user, at: at.nowMs, in: room, ...next };
    return { said: roomSaid(made), sent: await tell(session, event) };
  }

  return {
    async ofUser(user) {
      const found = await fromStore('reading settings', users.findOne({ _id: user }, { maxTimeMS }));
      return userSaid(found ?? undefined);
    },
    async ofRoom(user, room) {
      const found = rooms.findOne({ _id: notifyRoomRowId(room, user) }, { maxTimeMS });
      return roomSaid((await fromStore('reading settings of a room', found)) ?? undefined);
    },
    async ofRooms(user, ids) {
      if (ids.length === 0) return new Map();
      const _id = { $in: ids.map((room) => notifyRoomRowId(room, user)) };
      const found = await fromStore('reading settings of rooms', rooms.find({ _id }, { maxTimeMS }).toArray());
      return new Map(found.map((row) => [row.r, roomNotifyOf(row)]));
    },
    async ofMembers(room, ids) {
      if (ids.length === 0) return new Map();
      const _id = { $in: ids.map((user) => notifyRoomRowId(room, user)) };
      const found = await fromStore('reading settings of a room', rooms.find({ _id }, { maxTimeMS }).toArray());
      return new Map(found.map((row) => [row.u, roomNotifyOf(row)]));
    },
    async ofUsers(ids) {
      if (ids.length === 0) return new Map();
      const found = users.find({ _id: { $in: [...ids] } }, { maxTimeMS }).toArray();
      return new Map((await fromStore('reading settings', found)).map((row) => [row._id, userNotifyOf(row)]));
    },
    async voices(ids, limit, level) {
      if (ids.length === 0) return [];
      const filter = { r: { $in: [...ids] }, ...(level === undefined ? {} : { level }) };
      const found = rooms.find(filter, { hint: 'voices_of_room', maxTimeMS }).limit(limit).toArray();
      return byRoom(await fromStore('reading settings of rooms', found));
    },
    setUser: (user, change, at) => inTransaction(client, (session) => setUser(session, user, change, at)),
    setRoom: (user, room, change, at) => inTransaction(client, (session) => setRoom(session, user, room, change, at)),
  };
}

/** Of a row that is not there the version is 1: what is set first makes it 2. */
const versionOf = (row: { readonly ver: number } | undefined): number => row?.ver ?? 1;

const userSaid = (row: NotifyUserRow | undefined) => ({ ...userNotifyOf(row), version: versionOf(row) });
const roomSaid = (row: NotifyRoomRow | undefined): Said<RoomNotify> => ({
  ...roomNotifyOf(row),
  version: versionOf(row),
});

/** What the row is to say; `undefined` where it says so already. */
function changed(
  row: (Values & { readonly ver: number }) | undefined,
  { level, until }: NotifyChange,
  { expected }: NotifyAt,
): (Values & { readonly ver: number }) | undefined {
  const ver = versionOf(row);
  if (expected !== undefined && expected !== ver) throw new Failure('stale');
  const newLevel = level === undefined ? row?.level : (level ?? undefined);
  const newUntil = until === undefined ? row?.until : (until ?? undefined);
  if (newLevel === row?.level && newUntil === row?.until) return undefined;
  return {
    ...(newLevel === undefined ? {} : { level: newLevel }),
    ...(newUntil === undefined ? {} : { until: newUntil }),
    ver: ver + 1,
  };
}

function byRoom(rows: readonly NotifyRoomRow[]): RoomVoices[] {
  const found = new Map<RoomId, Map<UserId, RoomNotify>>();
  for (const row of rows) {
    const voices = found.get(row.r) ?? new Map<UserId, RoomNotify>();
    found.set(row.r, voices.set(row.u, roomNotifyOf(row)));
  }
  return Array.from(found, ([room, voices]) => ({ room, voices }));
}
