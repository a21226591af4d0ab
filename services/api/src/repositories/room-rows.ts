import type { MemberRow, StayRow } from '@gapless/shared/outbox';
import type { RoomId, RoomKind, UserId } from '@gapless/shared/schema';
import type { Membership, Room, Stay } from '../domain/room-store.ts';

export interface RoomRow {
  readonly _id: RoomId;
  readonly kind: RoomKind;
  readonly name: string;
  /** Absent: members see all of it. */
  readonly h?: 'joined';
  readonly no: number;
  readonly members: number;
  readonly ver: number;
  readonly createdAt: Date;
  readonly by: UserId;
  /** Written by the log worker. */
  readonly last?: { readonly s: number; readonly u: UserId; readonly at: Date; readonly text: string };
}

export const roomIndexes = [{ key: { no: 1 }, name: 'number', unique: true }] as const;

export const memberIndexes = [
  { key: { u: 1, out: 1, r: 1 }, name: 'rooms_of_user' },
  { key: { r: 1, out: 1, u: 1 }, name: 'members_of_room' },
] as const;

/** Who takes the place of an owner who leaves, however many are in. */
export const memberRoleIndexes = [{ key: { r: 1, out: 1, role: 1, at: 1, u: 1 }, name: 'members_by_role' }] as const;

export const memberId = (room: RoomId, user: UserId): string => `${room}:${user}`;

export const toRoom = (row: RoomRow): Room => ({
  id: row._id,
  kind: row.kind,
  name: row.name,
  history: row.h ?? 'all',
  number: row.no,
  members: row.members,
  version: row.ver,
  createdAt: row.createdAt,
  createdBy: row.by,
  ...(row.last === undefined
    ? {}
    : { last: { seq: row.last.s, user: row.last.u, at: row.last.at, text: row.last.text } }),
});

export const fromRoom = (room: Room): RoomRow => ({
  _id: room.id,
  kind: room.kind,
  name: room.name,
  ...(room.history === 'all' ? {} : { h: room.history }),
  no: room.number,
  members: room.members,
  ver: room.version,
  createdAt: room.createdAt,
  by: room.createdBy,
});

export const toMembership = (row: MemberRow): Membership => ({
  room: row.r,
  user: row.u,
  role: row.role,
  version: row.ver,
  joinedIn: row.jver,
  since: row.since,
  joinedAt: row.at,
  history: row.h ?? 'all',
  past: (row.past ?? []).map(toStay),
});

export const toStay = ({ jv, from, lv, to }: StayRow): Stay => ({ joinedIn: jv, from, leftIn: lv, to });

const fromStay = ({ joinedIn, from, leftIn, to }: Stay): StayRow => ({ jv: joinedIn, from, lv: leftIn, to });

export const fromMembership = (membership: Membership): MemberRow => ({
  _id: memberId(membership.room, membership.user),
  r: membership.room,
  u: membership.user,
  role: membership.role,
  ver: membership.version,
  jver: membership.joinedIn,
  since: membership.since,
  out: false,
  at: membership.joinedAt,
  ...(membership.history === 'all' ? {} : { h: membership.history }),
  ...(membership.past.length === 0 ? {} : { past: membership.past.map(fromStay) }),
});
