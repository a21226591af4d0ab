import type { RoomId } from './ids.ts';

export const roles = ['owner', 'moderator', 'member'] as const;
export type Role = (typeof roles)[number];

/** Who deletes the messages of others, removes members, writes in a frozen room, waits for no turn, and calls `@all`. */
export const keepsOrder = (role: Role): boolean => role !== 'member';

/** What its members see of a room: all of it, or only what was there while they were in. For good, from its making on. */
export const historyPolicies = ['all', 'joined'] as const;
export type HistoryPolicy = (typeof historyPolicies)[number];

/** Sequences of the events that began and ended a stay. */
export type PastStay = readonly [from: number, to: number];

/** What an edge must know to let a user act in a room. */
export interface RoomAccess {
  readonly role: Role;
  /** Version of the membership: a newer one wins, whatever the order in which they arrive. */
  readonly ver: number;
  /** Sequence of the event that made the user a member; 0 until it is in the log. */
  readonly since: number;
  /** Only where members see no more than their own time: the stays before this one, the oldest first. */
  readonly own?: readonly PastStay[];
  /** With `own`: version of the room at the join, which tells one stay from another. */
  readonly jv?: number;
  /** Writes nothing until then, ms since 1970. */
  readonly mute?: number;
  /** A direct room of two of whom one has blocked the other: nobody writes. */
  readonly blk?: 1;
}

/** All rooms of one user, as the `ACL` bucket holds them. */
export type UserAccess = Readonly<Record<RoomId, RoomAccess>>;
