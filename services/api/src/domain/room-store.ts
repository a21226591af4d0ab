import type { HistoryPolicy, Role, RoomId, RoomKind, UserId } from '@gapless/shared/schema';

export interface LastMessage {
  readonly seq: number;
  readonly user: UserId;
  readonly at: Date;
  readonly text: string;
}

export interface Room {
  readonly id: RoomId;
  readonly kind: RoomKind;
  readonly name: string;
  readonly history: HistoryPolicy;
  /** The number by which people find it. */
  readonly number: number;
  readonly members: number;
  /** Grows by one with each change of the room or of who is in it. */
  readonly version: number;
  readonly createdAt: Date;
  readonly createdBy: UserId;
  readonly last?: LastMessage;
}

export interface Membership {
  readonly room: RoomId;
  readonly user: UserId;
  readonly role: Role;
  /** Version of the room that made it what it is. */
  readonly version: number;
  /** Version of the room at the join; `version` also rises with a change of role. */
  readonly joinedIn: number;
  /** Sequence of the event that made the user a member; 0 until it is in the log. */
  readonly since: number;
  readonly joinedAt: Date;
  /** The room's. */
  readonly history: HistoryPolicy;
  /** Stays before this one, the oldest first. */
  readonly past: readonly Stay[];
}

/** A stay that has ended, by versions of the room and by sequences, which are 0 until they are in the log. */
export interface Stay {
  readonly joinedIn: number;
  readonly from: number;
  readonly leftIn: number;
  readonly to: number;
}

/** What is read of rooms; it is changed through `RoomChanges` only. */
export interface RoomStore {
  withId(id: RoomId): Promise<Room | undefined>;
  withNumber(number: number): Promise<Room | undefined>;
  withIds(ids: readonly RoomId[]): Promise<Room[]>;
  membership(room: RoomId, user: UserId): Promise<Membership | undefined>;
  /** The user's memberships by descending room id, the newest room first; only rooms below `below`. */
  membershipsOf(user: UserId, page: { below?: RoomId | undefined; limit: number }): Promise<Membership[]>;
  /** The room's members by ascending user id; only users above `above`. */
  membersOf(room: RoomId, page: { above?: UserId | undefined; limit: number }): Promise<Membership[]>;
  /** Those among the others who are in a room with the user. */
  sharing(user: UserId, others: readonly UserId[]): Promise<UserId[]>;
  /** A number that no other room has or had. */
  nextNumber(): Promise<number>;
}
