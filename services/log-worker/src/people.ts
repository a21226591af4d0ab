import type { Role, RoomId, RoomKind, SequenceRange, UserId } from '@gapless/shared/schema';

/** Somebody who is in a room. */
export interface Place {
  readonly room: RoomId;
  readonly user: UserId;
  readonly role: Role;
  /** Sequence of the event that began the stay; 0 while that event is not written. */
  readonly since: number;
  /** What he may read of the room. */
  readonly sees: readonly SequenceRange[];
}

export const placeKey = (room: RoomId, user: UserId): string => `${room}:${user}`;

export type Pair = readonly [UserId, UserId];
export const pairKey = ([a, b]: Pair): string => `${a}:${b}`;

/** Who is who, and where: what the api writes, read by the log worker. */
export interface People {
  /** Who bears those nicknames now, by their keys; without those whose accounts are disabled. */
  named(keys: readonly string[]): Promise<ReadonlyMap<string, UserId>>;
  /** By `placeKey`, of those the ones who are in. */
  places(of: readonly { readonly room: RoomId; readonly user: UserId }[]): Promise<ReadonlyMap<string, Place>>;
  rooms(ids: readonly RoomId[]): Promise<ReadonlyMap<RoomId, { readonly kind: RoomKind; readonly members: number }>>;
  everybody(room: RoomId, limit: number): Promise<readonly Place[]>;
  /** Of these pairs, by `pairKey`, those between whom there is a block, whoever made it. */
  blocked(pairs: readonly Pair[]): Promise<ReadonlySet<string>>;
}
