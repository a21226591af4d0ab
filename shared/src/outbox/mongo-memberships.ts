import type { Db } from 'mongodb';
import type { Role, RoomAccess, RoomId, UserAccess, UserId } from '../schema/index.ts';
import { decisive, fromStore, maxTimeMS } from './mongo-call.ts';
import type { Memberships } from './outbox.ts';

/** A user's place in a room, as the collection `members` holds it. */
export interface MemberRow {
  readonly _id: string;
  readonly r: RoomId;
  readonly u: UserId;
  readonly role: Role;
  readonly ver: number;
  /** Version of the room at the join; `ver` also rises with a change of role. */
  readonly jver: number;
  readonly since: number;
  readonly out: boolean;
  /** When the user joined. */
  readonly at: Date;
}

const rowsAPage = 5_000;

export function createMongoMemberships(db: Db): Memberships {
  const members = db.collection<MemberRow>('members', decisive);
  return {
    async of(user) {
      const options = { projection: { _id: 0, r: 1, role: 1, ver: 1, since: 1 }, maxTimeMS };
      const found = await fromStore('reading memberships', members.find({ u: user, out: false }, options).toArray());
      const rooms: Record<RoomId, RoomAccess> = {};
      for (const { r, role, ver, since } of found) rooms[r] = { role, ver, since };
      return rooms satisfies UserAccess;
    },
    async joined(room, users, ver, seq) {
      const filter = { _id: { $in: users.map((user) => `${room}:${user}`) }, jver: ver, out: false };
      // The highest: a join that was appended again after a set-back of the log has a number above its first one.
      await fromStore('noting joins', members.updateMany(filter, { $max: { since: seq } }, { maxTimeMS }));
    },
    async users(after) {
      // What a page leaves of its last user's rows is not needed, so the next page starts at the next user.
      const found = members
        .find(after === undefined ? {} : { u: { $gt: after } }, { projection: { _id: 0, u: 1 }, maxTimeMS })
        .sort({ u: 1, out: 1, r: 1 })
        .limit(rowsAPage)
        .toArray();
      return [...new Set((await fromStore('reading members', found)).map((row) => row.u))];
    },
  };
}
