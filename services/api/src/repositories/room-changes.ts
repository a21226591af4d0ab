import { insertOutboxRow, type MemberRow, maxTimeMS, newOutboxRow } from '@gapless/shared/outbox';
import type { ClientSession, Db, MongoClient } from 'mongodb';
import type { RoomChange, RoomChanges } from '../domain/room-changes.ts';
import { makingsWithin } from './makings.ts';
import { fromMembership, fromRoom, memberId, type RoomRow, toMembership, toRoom, toStay } from './room-rows.ts';
import { inTransaction } from './transaction.ts';
import { createTurns } from './turns.ts';

/** Changes of one room that wait for each other in this process, and for how long. */
const line = { mayWait: 500, patienceMs: 10_000 };

/** A row is bounded: who came and went more often than this sees nothing of the oldest stays. */
const staysKept = 100;

/** Within a process one change of a room follows the other, so that only those of other processes cost a lost race. */
export function createRoomChanges(client: MongoClient, db: Db): RoomChanges {
  const turns = createTurns(line);
  return {
    run: (room, work) => turns(room, () => inTransaction(client, (session) => work(changeWithin(db, session)))),
  };
}

function changeWithin(db: Db, session: ClientSession): RoomChange {
  const rooms = db.collection<RoomRow>('rooms');
  const members = db.collection<MemberRow>('members');
  const options = { session, maxTimeMS };

  return {
    makings: makingsWithin(db, session),
    async room(id) {
      const row = await rooms.findOne({ _id: id }, options);
      return row === null ? undefined : toRoom(row);
    },
    async membership(room, user) {
      const row = await members.findOne({ _id: memberId(room, user), out: false }, options);
      return row === null ? undefined : toMembership(row);
    },
    async staysOf(room, user) {
      const row = await members.findOne({ _id: memberId(room, user), out: true }, options);
      if (row === null) return [];
      const { jver, since, lver, to = 0, past = [] } = row;
      const ended = lver === undefined ? past : [...past, { jv: jver, from: since, lv: lver, to }];
      return ended.slice(-staysKept).map(toStay);
    },
    roomsOf: (user, limit) => members.countDocuments({ u: user, out: false }, { ...options, limit }),
    async addRoom(room) {
      await rooms.insertOne(fromRoom(room), { session });
    },
    async grow(room, limit) {
      const change = { $inc: { members: 1, ver: 1 } };
      const filter = { _id: room, members: { $lt: limit } };
      const row = await rooms.findOneAndUpdate(filter, change, { ...options, returnDocument: 'after' });
      return row?.ver;
    },
    async shrink(room) {
      const change = { $inc: { members: -1, ver: 1 } };
      const row = await rooms.findOneAndUpdate({ _id: room }, change, { ...options, returnDocument: 'after' });
      if (row === null) throw new Error('a room vanished inside a transaction');
      return row.ver;
    },
    async setMembership(membership) {
      const { _id, ...row } = fromMembership(membership);
      await members.replaceOne({ _id }, row, { session, upsert: true });
    },
    async endMembership(room, user, version) {
      await members.updateOne(
        { _id: memberId(room, user) },
        { $set: { out: true, ver: version, lver: version, to: 0 } },
        { session },
      );
    },
    async standing(room, role, leaving) {
      const filter = { r: room, out: false, role, u: { $ne: leaving } };
      const row = await members.findOne(filter, { ...options, sort: { at: 1, u: 1 } });
      return row === null ? undefined : toMembership(row);
    },
    async announce(version, event, users) {
      const row = newOutboxRow({ room: event.r, ver: version, event, users });
      await insertOutboxRow(db, session, row);
      return row._id;
    },
  };
}
