import type { MemberRow, StayRow } from '@gapless/shared/outbox';
import type { CustomData, RoomId, RoomKind, UserId } from '@gapless/shared/schema';
import { gramsOf } from '@gapless/shared/search';
import { roomNameKey } from '../domain/rooms/room-names.ts';
import type { Ban, Membership, Room, RoomFields, Stay } from '../domain/rooms/room-store.ts';

export interface RoomRow extends FieldsRow {
  readonly _id: RoomId;
  readonly kind: RoomKind;
  /** Absent: members see all of it. */
  readonly h?: 'joined';
  /** Of a group. */
  readonly no?: number;
  /** Of a direct room. */
  readonly pair?: string;
  readonly members: number;
  readonly ver: number;
  /** Version that made its fields what they are. */
  readonly fver?: number;
  readonly createdAt: Date;
  readonly by: UserId;
  /** Written by the log worker. */
  readonly last?: {
    readonly s: number;
    readonly u: UserId;
    readonly at: Date;
    readonly text: string;
    readonly files?: number;
  };
}

/** What can be changed of a room; absent: nothing special. Edges learn some of them from the flags of the room. */
interface FieldsRow {
  readonly name: string;
  /** Folded, to be found by; of groups. */
  readonly key?: string;
  /** What it is found by; of groups. */
  readonly g?: readonly string[];
  readonly topic?: string;
  readonly image?: string;
  readonly private?: true;
  /** Everybody finds it. */
  readonly pub?: true;
  /** JSON: of the application, never looked into. */
  readonly custom?: string;
  readonly frozen?: true;
  readonly archived?: true;
  readonly slow?: number;
  readonly gone?: true;
}

export const roomIndexes = [{ key: { no: 1 }, name: 'number', unique: true }] as const;

/** Direct rooms have no number, groups no pair. */
export const partialRoomIndexes = [
  { key: { no: 1 }, name: 'group_number', unique: true, partialFilterExpression: { no: { $exists: true } } },
  { key: { pair: 1 }, name: 'pair', unique: true, partialFilterExpression: { pair: { $exists: true } } },
  { key: { key: 1, _id: 1 }, name: 'public_by_name', partialFilterExpression: { pub: true } },
  { key: { pub: 1, _id: -1 }, name: 'public_by_age', partialFilterExpression: { pub: true } },
  { key: { _id: 1, gone: 1, 'last.at': 1 }, name: 'activity' },
] as const;

/** Of groups, public or not. */
export const allRoomIndexes = [{ key: { key: 1, _id: 1 }, name: 'all_by_name' }] as const;

export const memberIndexes = [
  { key: { u: 1, out: 1, r: 1 }, name: 'rooms_of_user' },
  { key: { r: 1, out: 1, u: 1 }, name: 'members_of_room' },
] as const;

/** Who takes the place of an owner who leaves, however many are in. */
export const memberRoleIndexes = [{ key: { r: 1, out: 1, role: 1, at: 1, u: 1 }, name: 'members_by_role' }] as const;

export const roleIndexes = [{ key: { r: 1, out: 1, role: 1, u: 1 }, name: 'members_of_role' }] as const;

export interface BanRow {
  readonly _id: string;
  readonly r: RoomId;
  readonly u: UserId;
  readonly by: UserId;
  readonly at: Date;
  readonly why?: string;
}

export const banIndexes = [{ key: { r: 1, u: 1 }, name: 'bans_of_room' }] as const;

/** Of membership and ban alike. */
export const memberId = (room: RoomId, user: UserId): string => `${room}:${user}`;

export const roomOfMember = (id: string): RoomId => id.split(':')[0] as RoomId;

export const pairText = (pair: readonly [UserId, UserId]): string => pair.join(':');

export const toRoom = (row: RoomRow): Room => ({
  id: row._id,
  kind: row.kind,
  ...toFields(row),
  history: row.h ?? 'all',
  ...(row.no === undefined ? {} : { number: row.no }),
  ...(row.pair === undefined ? {} : { pair: row.pair.split(':') as unknown as readonly [UserId, UserId] }),
  members: row.members,
  version: row.ver,
  changedIn: row.fver ?? 1,
  createdAt: row.createdAt,
  createdBy: row.by,
  ...(row.last === undefined ? {} : { last: toLast(row.last) }),
});

const toLast = ({ s, u, at, text, files = 0 }: NonNullable<RoomRow['last']>) => ({ seq: s, user: u, at, text, files });

const toFields = (row: FieldsRow): RoomFields => ({
  name: row.name,
  visibility: row.private ? 'private' : 'public',
  frozen: row.frozen ?? false,
  archived: row.archived ?? false,
  slow: row.slow ?? 0,
  gone: row.gone ?? false,
  ...(row.topic === undefined ? {} : { topic: row.topic }),
  ...(row.image === undefined ? {} : { image: row.image }),
  ...(row.custom === undefined ? {} : { custom: JSON.parse(row.custom) as CustomData }),
});

export const fromRoom = (room: Room): RoomRow => ({
  _id: room.id,
  kind: room.kind,
  ...fromFields(room.kind, room),
  ...(room.history === 'all' ? {} : { h: room.history }),
  ...(room.number === undefined ? {} : { no: room.number }),
  ...(room.pair === undefined ? {} : { pair: pairText(room.pair) }),
  members: room.members,
  ver: room.version,
  fver: room.changedIn,
  createdAt: room.createdAt,
  by: room.createdBy,
});

export function fromFields(kind: RoomKind, fields: RoomFields): FieldsRow {
  const { name, topic, image, visibility, custom, frozen, archived, slow, gone } = fields;
  const isOpen = kind === 'group' && visibility === 'public' && !archived && !gone;
  return {
    name,
    ...(kind === 'direct' ? {} : { key: roomNameKey(name), g: gramsOf(name, topic ?? '') }),
    ...(topic === undefined ? {} : { topic }),
    ...(image === undefined ? {} : { image }),
    ...(visibility === 'private' ? { private: true } : {}),
    ...(isOpen ? { pub: true } : {}),
    ...(custom === undefined ? {} : { custom: JSON.stringify(custom) }),
    ...(frozen ? { frozen: true } : {}),
    ...(archived ? { archived: true } : {}),
    ...(slow > 0 ? { slow } : {}),
    ...(gone ? { gone: true } : {}),
  };
}

export const fieldNames = ['topic', 'image', 'private', 'pub', 'custom', 'frozen', 'archived', 'slow', 'gone'] as const;

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
  ...(row.mute === undefined ? {} : { mutedUntil: row.mute }),
  ...(row.with === undefined ? {} : { other: row.with }),
  ...(row.guest ? { isGuest: true } : {}),
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
  ...(membership.mutedUntil === undefined ? {} : { mute: membership.mutedUntil }),
  ...(membership.other === undefined ? {} : { with: membership.other }),
  ...(membership.isGuest ? { guest: true } : {}),
});

export const toBan = ({ r, u, by, at, why }: BanRow): Ban => ({
  ...{ room: r, user: u, by, at },
  ...(why === undefined ? {} : { reason: why }),
});
