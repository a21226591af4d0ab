import type { OpId, RoomEvent, RoomId, UserId } from '@gapless/shared/schema';
import type { Makings } from './once.ts';
import type { Membership, Room, Stay } from './room-store.ts';

/** One change of a room: all of it is written, or nothing. Reads see one moment; who loses a race starts over. */
export interface RoomChange {
  /** For `once`: what makes something remembers it here. */
  readonly makings: Makings;
  room(id: RoomId): Promise<Room | undefined>;
  membership(room: RoomId, user: UserId): Promise<Membership | undefined>;
  /** The stays of one who is not in, the oldest first. */
  staysOf(room: RoomId, user: UserId): Promise<readonly Stay[]>;
  /** In how many rooms the user is, counted up to `limit`. */
  roomsOf(user: UserId, limit: number): Promise<number>;
  addRoom(room: Room): Promise<void>;
  /** One member more; the room's new version, `undefined` when it has `limit` members. */
  grow(room: RoomId, limit: number): Promise<number | undefined>;
  /** One member less; the room's new version. */
  shrink(room: RoomId): Promise<number>;
  setMembership(membership: Membership): Promise<void>;
  endMembership(room: RoomId, user: UserId, version: number): Promise<void>;
  /** Members of that role who stay when `leaving` goes, who joined first comes first. */
  standing(room: RoomId, role: Membership['role'], leaving: UserId): Promise<Membership | undefined>;
  /** The event leaves for the room's log after the change, and with it the access of these users. */
  announce(version: number, event: RoomEvent, users: readonly UserId[]): Promise<OpId>;
}

export interface RoomChanges {
  /** May call `work` several times; only the last one's writes stay. Rejects with `busy` after too many lost races. */
  run<T>(room: RoomId, work: (change: RoomChange) => Promise<T>): Promise<T>;
}

/** Carries an announced change into the log soon; resolves when that is done or would take too long to wait for. */
export type CarryOut = (room: RoomId, op: OpId) => Promise<void>;
