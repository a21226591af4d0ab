import type { RoomId } from './ids.ts';

export const roles = ['owner', 'moderator', 'member'] as const;
export type Role = (typeof roles)[number];

/** What an edge must know to let a user act in a room. */
export interface RoomAccess {
  readonly role: Role;
  /** Version of the membership: a newer one wins, whatever the order in which they arrive. */
  readonly ver: number;
  /** Sequence of the event that made the user a member; 0 until it is in the log. */
  readonly since: number;
}

/** All rooms of one user, as the `ACL` bucket holds them. */
export type UserAccess = Readonly<Record<RoomId, RoomAccess>>;
