import type { NotifyLevel, RoomId, RoomNotify, UserId, UserNotify } from '@gapless/shared/schema';
import type { Sent } from '../rooms/room-changes.ts';

/** What somebody said, and how often he has; 1: nothing yet. */
export type Said<T> = T & { readonly version: number };

/** What is not named stays, `null` takes away; `until` in ms since 1970. */
export interface NotifyChange {
  readonly level?: NotifyLevel | null | undefined;
  readonly until?: number | null | undefined;
}

export interface NotifyAt {
  /** Rejects with `stale` unless that is the version still. */
  readonly expected?: number | undefined;
  readonly nowMs: number;
}

/** Of a room the members who want something special of it. */
export interface RoomVoices {
  readonly room: RoomId;
  readonly voices: ReadonlyMap<UserId, RoomNotify>;
}

export interface NotifyStore {
  ofUser(user: UserId): Promise<Said<UserNotify>>;
  ofRoom(user: UserId, room: RoomId): Promise<Said<RoomNotify>>;
  /** Those of these rooms of which he has said something. */
  ofRooms(user: UserId, rooms: readonly RoomId[]): Promise<ReadonlyMap<RoomId, RoomNotify>>;
  /** Those of these users who have said something of the room. */
  ofMembers(room: RoomId, users: readonly UserId[]): Promise<ReadonlyMap<UserId, RoomNotify>>;
  /** Those of these users who have said something. */
  ofUsers(users: readonly UserId[]): Promise<ReadonlyMap<UserId, UserNotify>>;
  /** Who said something of these rooms, of all of them together at most `limit`; with `level` only who asked for that. */
  voices(rooms: readonly RoomId[], limit: number, level?: NotifyLevel): Promise<RoomVoices[]>;
  /** Written with the word to all devices of the user, which is on its way; a change that changes nothing leaves the version. */
  setUser(user: UserId, change: NotifyChange, at: NotifyAt): Promise<Changed<UserNotify>>;
  setRoom(user: UserId, room: RoomId, change: NotifyChange, at: NotifyAt): Promise<Changed<RoomNotify>>;
}

export interface Changed<T> {
  readonly said: Said<T>;
  readonly sent: Sent | undefined;
}
