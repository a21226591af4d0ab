import { type MemberRow, maxTimeMS } from '@gapless/shared/outbox';
import type { ClientSession, Db } from 'mongodb';
import type { RoomChange } from '../domain/rooms/room-changes.ts';
import { fromMembership, memberId, toMembership, toStay } from './room-rows.ts';

/** A row is bounded: who came and went more often than this sees nothing of the oldest stays. */
const staysKept = 100;

/** Of whom one becomes owner. */
const candidates = 100;

type OfMembers = 'membership' | 'former' | 'roomsOf' | 'setMembership' | 'endMembership' | 'standing';

export function memberChanges(db: Db, session: ClientSession): Pick<RoomChange, OfMembers> {
  const members = db.collection<MemberRow>('members');
  const options = { session, maxTimeMS };
  return {
    async membership(room, user) {
      const row = await members.findOne({ _id: memberId(room, user), out: false }, options);
      return row === null ? undefined : toMembership(row);
    },
    async former(room, user) {
      const row = await members.findOne({ _id: memberId(room, user), out: true }, options);
      if (row === null) return { past: [] };
      const { jver, since, lver, to = 0, past = [], mute } = row;
      const ended = lver === undefined ? past : [...past, { jv: jver, from: since, lv: lver, to }];
      return { past: ended.slice(-staysKept).map(toStay), ...(mute === undefined ? {} : { mutedUntil: mute }) };
    },
    roomsOf(user, origin, limit) {
      const guest = origin === 'own' ? { $exists: false } : true;
      return members.countDocuments({ u: user, out: false, guest }, { ...options, limit });
    },
    async setMembership(membership) {
      const { _id, ...row } = fromMembership(membership);
      await members.replaceOne({ _id }, row, { session, upsert: true });
    },
    async endMembership(room, user, version) {
      const end = { $set: { out: true, ver: version, lver: version, to: 0 } };
      await members.updateOne({ _id: memberId(room, user) }, end, { session });
    },
    async standing(room, role, leaving) {
      const filter = { r: room, out: false, role, u: { $ne: leaving } };
      const found = members.find(filter, options).sort({ at: 1, u: 1 }).limit(candidates);
      return (await found.toArray()).map(toMembership);
    },
  };
}
