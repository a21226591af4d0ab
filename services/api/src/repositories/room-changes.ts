import {
  blockedAmong,
  insertOutboxRow,
  inTransaction,
  maxTimeMS,
  newInboxRow,
  newOutboxRow,
  type OutboxRow,
} from '@gapless/shared/outbox';
import type { OpId, RoomEvent, RoomId, UserId } from '@gapless/shared/schema';
import type { ClientSession, Db, MongoClient } from 'mongodb';
import { pairOf } from '../domain/rooms/direct-rooms.ts';
import type { CarryOut, RoomChange, RoomChanges } from '../domain/rooms/room-changes.ts';
import { banChanges } from './bans.ts';
import { lockPair } from './blocks.ts';
import { imageUsesWithin } from './image-uses.ts';
import { inviteChanges } from './invites.ts';
import { makingsWithin } from './makings.ts';
import { memberChanges } from './members.ts';
import { activeAmong } from './people.ts';
import { fieldNames, fromFields, fromRoom, pairText, type RoomRow, toRoom } from './room-rows.ts';
import { createTurns } from './turns.ts';

/** Changes of one room that wait for each other in this process, and for how long. */
const line = { mayWait: 500, patienceMs: 10_000 };

/** The last row of each room and inbox: whoever carries it out carries out those before it. */
interface Sent {
  readonly rooms: Map<RoomId, OpId>;
  readonly inboxes: Map<RoomId, OpId>;
}

const nothingSent = (): Sent => ({ rooms: new Map(), inboxes: new Map() });

/** Within a process one change of a room follows the other, so that only those of other processes cost a lost race. */
export function createRoomChanges(deps: { client: MongoClient; db: Db; carryOut: CarryOut }): RoomChanges {
  const { client, db, carryOut } = deps;
  const turns = createTurns(line);
  const allOf = async (ops: ReadonlyMap<RoomId, OpId>): Promise<boolean> => {
    const done = await Promise.all(Array.from(ops, ([room, op]) => carryOut({ room, op })));
    return done.every((isDone) => isDone);
  };
  return {
    async run(key, work) {
      let sent = nothingSent();
      const result = await turns(key, () =>
        inTransaction(client, (session) => {
          sent = nothingSent();
          return work(changeWithin(db, session, sent));
        }),
      );
      // Who is told that he is in finds the room ready for him.
      if (await allOf(sent.rooms)) await allOf(sent.inboxes);
      return result;
    },
  };
}

function changeWithin(db: Db, session: ClientSession, sent: Sent): RoomChange {
  return {
    ...roomChanges(db, session),
    ...memberChanges(db, session),
    ...banChanges(db, session),
    ...inviteChanges(db, session),
    ...tidings(db, session, sent),
    makings: makingsWithin(db, session),
    images: imageUsesWithin(db, session),
    lockPair: (a, b) => lockPair(db, session, a, b),
    blockedAmong: (user, users) => blockedAmong(db, user, users, session),
    active: (users) => activeAmong(db, session, users),
  };
}

type OfRooms = 'room' | 'directOf' | 'addRoom' | 'grow' | 'shrink' | 'lock' | 'turn' | 'setFields';

function roomChanges(db: Db, session: ClientSession): Pick<RoomChange, OfRooms> {
  const rooms = db.collection<RoomRow>('rooms');
  const options = { session, maxTimeMS };

  async function one(filter: { _id: RoomId } | { pair: string }) {
    const row = await rooms.findOne(filter, options);
    return row === null || row.gone ? undefined : toRoom(row);
  }

  async function raise(id: RoomId, change: object) {
    const row = await rooms.findOneAndUpdate({ _id: id }, change, { ...options, returnDocument: 'after' });
    if (row === null) throw new Error('a room vanished inside a transaction');
    return row;
  }

  return {
    room: (id) => one({ _id: id }),
    directOf: (a, b) => one({ pair: pairText(pairOf(a, b)) }),
    async addRoom(room) {
      await rooms.insertOne(fromRoom(room), { session });
    },
    async grow(room, limit, by) {
      const change = { $inc: { members: by, ver: 1 } };
      const filter = { _id: room, members: { $lte: limit - by } };
      const row = await rooms.findOneAndUpdate(filter, change, { ...options, returnDocument: 'after' });
      return row?.ver;
    },
    shrink: async (room) => (await raise(room, { $inc: { members: -1, ver: 1 } })).ver,
    async lock(room) {
      await raise(room, { $inc: { locks: 1 } });
    },
    turn: async (room) => (await raise(room, { $inc: { ver: 1 } })).ver,
    async setFields({ id, kind, version }, fields) {
      const set = fromFields(kind, fields);
      const absent = fieldNames.filter((name) => set[name] === undefined);
      const unset = Object.fromEntries(absent.map((name) => [name, 1]));
      // Read in this transaction, and whoever changes the room meanwhile makes it start over.
      const ver = version + 1;
      return toRoom(await raise(id, { $set: { ...set, ver, fver: ver }, $unset: unset }));
    },
  };
}

function tidings(db: Db, session: ClientSession, sent: Sent): Pick<RoomChange, 'announce' | 'announceEnd' | 'tell'> {
  async function put(row: OutboxRow): Promise<void> {
    await insertOutboxRow(db, session, row);
    const { rooms, inboxes } = sent;
    (row.inbox ? inboxes : rooms).set(row.r, row._id);
  }
  const leaving = (version: number, event: RoomEvent, users: readonly UserId[], sweep: boolean) =>
    put(newOutboxRow({ room: event.r, ver: version, event, users, sweep }));
  return {
    announce: (version, event, users) => leaving(version, event, users, false),
    announceEnd: (version, event) => leaving(version, event, [], true),
    tell: (event) => put(newInboxRow(event.r, event)),
  };
}
