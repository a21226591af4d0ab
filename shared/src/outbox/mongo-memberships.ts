import type { Db } from 'mongodb';
import {
  entersRoom,
  leavesRoom,
  type PastStay,
  type Role,
  type RoomAccess,
  type RoomId,
  type UserAccess,
  type UserId,
} from '../schema/index.ts';
import { blockedAmong } from './mongo-blocks.ts';
import { decisive, fromStore, maxTimeMS } from './mongo-call.ts';
import type { Memberships } from './outbox.ts';

/** A stay that has ended: versions of the room that began and ended it, and sequences once these are in the log, 0 before. */
export interface StayRow {
  readonly jv: number;
  readonly from: number;
  readonly lv: number;
  readonly to: number;
}

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
  /** Of one who is out: version of the room that ended it, and its sequence, 0 until it is in the log. */
  readonly lver?: number;
  readonly to?: number;
  /** Only where members see no more than their own time. */
  readonly h?: 'joined';
  /** The stays before this one. */
  readonly past?: readonly StayRow[];
  /** When the user joined. */
  readonly at: Date;
  /** Writes nothing until then, ms since 1970; stays with one who leaves and comes back. */
  readonly mute?: number;
  /** Of a direct room: the other one. */
  readonly with?: UserId;
  /** Of a direct room: the other one opened it. */
  readonly guest?: true;
}

const rowsAPage = 5_000;
const sweptAPage = 200;

/** Collections whose rows name a room and end with it. */
const leadingIn = ['bans', 'invites', 'links'] as const;
const accessFields = { r: 1, u: 1, role: 1, ver: 1, jver: 1, since: 1, h: 1, past: 1, mute: 1, with: 1 } as const;

export function createMongoMemberships(db: Db): Memberships {
  const members = db.collection<MemberRow>('members', decisive);

  return {
    async of(user) {
      const options = { projection: { ...accessFields, _id: 0 }, maxTimeMS };
      const found = await fromStore('reading memberships', members.find({ u: user, out: false }, options).toArray());
      const others = found.flatMap((row) => (row.with === undefined ? [] : [row.with]));
      const blocked = await fromStore('reading blocks', blockedAmong(db, user, others));
      return Object.fromEntries(found.map((row) => [row.r, accessOf(row, blocked)])) satisfies UserAccess;
    },
    async landed({ op, r, us, ver }, seq) {
      const enters = entersRoom(op);
      if (!enters && !leavesRoom(op)) return;
      const _id = { $in: us.map((user) => `${r}:${user}`) };
      const [now, past] = enters ? (['jver', 'since'] as const) : (['lver', 'to'] as const);
      const [pastVersion, pastSeq] = enters ? ['past.jv', 'past.$.from'] : ['past.lv', 'past.$.to'];
      // The highest: one that was appended again after a set-back of the log has a number above its first one.
      const current = members.updateMany({ _id, [now]: ver }, { $max: { [past]: seq } }, { maxTimeMS });
      await fromStore('noting a membership', current);
      const ended = members.updateMany({ _id, [pastVersion]: ver }, { $max: { [pastSeq]: seq } }, { maxTimeMS });
      await fromStore('noting a past membership', ended);
    },
    async endAll(room, version) {
      const end = { $set: { out: true, ver: version, lver: version, to: 0 } };
      await fromStore('ending memberships', members.updateMany({ r: room, out: false }, end, { maxTimeMS }));
      for (const name of leadingIn) {
        const gone = db.collection<{ r: RoomId }>(name, decisive).deleteMany({ r: room }, { maxTimeMS });
        await fromStore('ending what leads into a room', gone);
      }
    },
    async endedBy(room, version, after) {
      // Of a room that is gone no row changes any more, so the order of ids is a whole walk.
      const _id = { $gt: `${room}:${after ?? ''}`, $lt: `${room};` };
      const found = members
        .find({ _id, lver: version }, { projection: { _id: 0, u: 1 }, maxTimeMS })
        .sort({ _id: 1 })
        .limit(sweptAPage);
      return (await fromStore('reading ended memberships', found.toArray())).map((row) => row.u);
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

function accessOf(row: MemberRow, blocked: ReadonlySet<UserId>): RoomAccess {
  const { role, ver, jver: jv, since, h, past, mute, with: other } = row;
  return {
    role,
    ver,
    since,
    ...(h === undefined ? {} : { own: seenStays(past), jv }),
    ...(mute === undefined ? {} : { mute }),
    ...(other !== undefined && blocked.has(other) ? { blk: 1 } : {}),
  };
}

/** A stay of which either end is not known yet shows nothing. */
export const seenStays = (past: readonly StayRow[] = []): PastStay[] =>
  past.filter(({ from, to }) => from > 0 && to > 0).map(({ from, to }) => [from, to]);
