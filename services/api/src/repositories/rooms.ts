import { decisive, fromStore, type MemberRow, maxTimeMS } from '@gapless/shared/outbox';
import type { RoomId, UserId } from '@gapless/shared/schema';
import type { Db, Filter } from 'mongodb';
import { pairOf } from '../domain/rooms/direct-rooms.ts';
import type { PublicPage, RoomStore } from '../domain/rooms/room-store.ts';
import { readTogether } from '../read-together.ts';
import {
  type BanRow,
  memberId,
  pairText,
  type RoomRow,
  roomOfMember,
  toBan,
  toMembership,
  toRoom,
} from './room-rows.ts';
import { countUnread } from './unread.ts';

const isThere = { gone: { $ne: true } } as const;

export function createRoomStore(db: Db): RoomStore {
  const rooms = db.collection<RoomRow>('rooms', decisive);
  const members = db.collection<MemberRow>('members', decisive);
  const bans = db.collection<BanRow>('bans', decisive);
  const counters = db.collection<{ _id: string; n: number }>('counters', decisive);

  const room = async (filter: Filter<RoomRow>) => {
    const row = await fromStore('reading a room', rooms.findOne({ ...filter, ...isThere }, { maxTimeMS }));
    return row === null ? undefined : toRoom(row);
  };
  const memberships = async (filter: Filter<MemberRow>, sort: Record<string, 1 | -1>, limit: number) => {
    const found = members.find(filter, { maxTimeMS }).sort(sort).limit(limit).toArray();
    return (await fromStore('reading memberships', found)).map(toMembership);
  };
  /** Between the change that took a room away and the end of its last membership. */
  const goneAmong = async (ids: readonly RoomId[]): Promise<ReadonlySet<RoomId>> => {
    const found = rooms.find({ _id: { $in: [...ids] }, gone: true }, { projection: { _id: 1 }, maxTimeMS }).toArray();
    return new Set((await fromStore('reading rooms', found)).map(({ _id }) => _id));
  };
  const roomsOf = async (user: UserId): Promise<RoomId[]> => {
    const own = members.find({ u: user, out: false }, { projection: { _id: 0, r: 1 }, maxTimeMS }).toArray();
    return (await fromStore('reading memberships', own)).map(({ r }) => r);
  };
  const membership = readTogether(async (ids: readonly string[]) => {
    const found = members.find({ _id: { $in: [...ids] }, out: false }, { maxTimeMS }).toArray();
    const [rows, gone] = await Promise.all([fromStore('reading memberships', found), goneAmong(ids.map(roomOfMember))]);
    return new Map(rows.flatMap((row) => (gone.has(row.r) ? [] : [[row._id, toMembership(row)] as const])));
  });

  return {
    withId: (id) => room({ _id: id }),
    withNumber: (number) => room({ no: number }),
    directOf: (a, b) => room({ pair: pairText(pairOf(a, b)) }),
    async withIds(ids) {
      const found = rooms.find({ _id: { $in: [...ids] }, ...isThere }, { maxTimeMS }).toArray();
      return (await fromStore('reading rooms', found)).map(toRoom);
    },
    membership: (id: RoomId, user: UserId) => membership(memberId(id, user)),
    async isBanned(id, user) {
      const found = bans.findOne({ _id: memberId(id, user) }, { projection: { _id: 1 }, maxTimeMS });
      return (await fromStore('reading a ban', found)) !== null;
    },
    membershipsOf: (user, limit, below) =>
      memberships({ u: user, out: false, ...(below === undefined ? {} : { r: { $lt: below } }) }, { r: -1 }, limit),
    async activity(ids) {
      const options = { projection: { 'last.at': 1 }, hint: 'activity', maxTimeMS };
      const found = rooms.find({ _id: { $in: [...ids] }, ...isThere }, options).toArray();
      return new Map((await fromStore('reading rooms', found)).map(({ _id, last }) => [_id, last?.at]));
    },
    membersOf: (id, { above, role, limit }) => {
      const filter = {
        ...{ r: id, out: false },
        ...(role === undefined ? {} : { role }),
        ...(above === undefined ? {} : { u: { $gt: above } }),
      };
      return memberships(filter, { u: 1 }, limit);
    },
    async bansOf(id, { above, limit }) {
      const filter = { r: id, ...(above === undefined ? {} : { u: { $gt: above } }) };
      const found = bans.find(filter, { maxTimeMS }).sort({ u: 1 }).limit(limit).toArray();
      return (await fromStore('reading bans', found)).map(toBan);
    },
    async publicRooms(page) {
      const found =
        page.prefix === undefined ? byAge(page) : byName(page.prefix, page, { pub: true }, 'public_by_name');
      return (await fromStore('reading public rooms', found)).map(toRoom);
    },
    async allRooms(page) {
      const found = page.prefix === undefined ? allByAge(page) : byName(page.prefix, page, {}, 'all_by_name');
      return (await fromStore('reading rooms', found)).map(toRoom);
    },
    unread: (user, marks, limit) => countUnread(db, user, marks, limit),
    async sharing(user, others) {
      const rooms = await roomsOf(user);
      const shared = members.distinct('u', { u: { $in: [...others] }, out: false, r: { $in: rooms } }, { maxTimeMS });
      return fromStore('comparing memberships', shared);
    },
    async companions(user, limit) {
      const ids = await roomsOf(user);
      const found = rooms.find({ _id: { $in: ids } }, { projection: { members: 1 }, maxTimeMS }).toArray();
      const sizes = (await fromStore('reading rooms', found)).map(({ members: size }) => size);
      if (sizes.reduce((sum, size) => sum + size, 0) > limit) return undefined;
      const inThem = members.distinct('u', { r: { $in: ids }, out: false }, { maxTimeMS });
      return fromStore('reading members', inThem);
    },
    async nextNumber() {
      const options = { upsert: true, returnDocument: 'after', maxTimeMS } as const;
      const counter = counters.findOneAndUpdate({ _id: 'rooms' }, { $inc: { n: 1 } }, options);
      return (await fromStore('numbering a room', counter))?.n ?? 1;
    },
  };

  function byAge({ after, limit }: PublicPage): Promise<RoomRow[]> {
    const filter = { pub: true as const, ...(after === undefined ? {} : { _id: { $lt: after.id } }) };
    return rooms.find(filter, { maxTimeMS }).sort({ _id: -1 }).limit(limit).toArray();
  }

  function allByAge({ after, limit }: PublicPage): Promise<RoomRow[]> {
    const filter = { ...isThere, ...(after === undefined ? {} : { _id: { $lt: after.id } }) };
    return rooms.find(filter, { maxTimeMS }).sort({ _id: -1 }).limit(limit).toArray();
  }

  function byName(prefix: string, { after, limit }: PublicPage, of: Filter<RoomRow>, hint: string): Promise<RoomRow[]> {
    const begins = { $gte: after?.key ?? prefix, $lt: `${prefix}\u{10ffff}` };
    const behind =
      after === undefined ? {} : { $or: [{ key: { $gt: after.key } }, { key: after.key, _id: { $gt: after.id } }] };
    const filter = { ...of, ...isThere, key: begins, ...behind };
    return rooms.find(filter, { hint, maxTimeMS }).sort({ key: 1, _id: 1 }).limit(limit).toArray();
  }
}
