import type { CustomData, HistoryPolicy, Role, RoomId, RoomKind, UserId, Visibility } from '@gapless/shared/schema';

export interface LastMessage {
  readonly seq: number;
  readonly user: UserId;
  readonly at: Date;
  readonly text: string;
  /** How many it has. */
  readonly files: number;
}

export interface Room extends RoomFields {
  readonly id: RoomId;
  readonly kind: RoomKind;
  readonly history: HistoryPolicy;
  /** The number by which people find a group. */
  readonly number?: number;
  /** The two of a direct room: one and the same in a room with oneself. */
  readonly pair?: readonly [UserId, UserId];
  readonly members: number;
  /** Grows by one with each change of the room or of who is in it. */
  readonly version: number;
  /** Version that made its own fields what they are. */
  readonly changedIn: number;
  readonly createdAt: Date;
  readonly createdBy: UserId;
  readonly last?: LastMessage;
}

/** What can be changed of a room. */
export interface RoomFields {
  readonly name: string;
  readonly topic?: string;
  readonly image?: string;
  readonly visibility: Visibility;
  readonly custom?: CustomData;
  /** Only who keeps order may write. */
  readonly frozen: boolean;
  /** Nobody may write or come in. */
  readonly archived: boolean;
  /** Seconds between two messages of one member; 0: none. */
  readonly slow: number;
  /** For good: to whoever reads it is as if it had never been. */
  readonly gone: boolean;
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
  /** Writes nothing until then, ms since 1970. */
  readonly mutedUntil?: number;
  /** Of a direct room: the other one. */
  readonly other?: UserId;
  /** Of a direct room: the other one opened it. */
  readonly isGuest?: true;
}

/** A stay that has ended, by versions of the room and by sequences, which are 0 until they are in the log. */
export interface Stay {
  readonly joinedIn: number;
  readonly from: number;
  readonly leftIn: number;
  readonly to: number;
}

export interface Ban {
  readonly room: RoomId;
  readonly user: UserId;
  readonly by: UserId;
  readonly at: Date;
  readonly reason?: string;
}

/** What is read of rooms; it is changed through `RoomChanges` only. Rooms that are gone are not there. */
export interface RoomStore {
  withId(id: RoomId): Promise<Room | undefined>;
  withNumber(number: number): Promise<Room | undefined>;
  withIds(ids: readonly RoomId[]): Promise<Room[]>;
  /** The direct room of these two. */
  directOf(a: UserId, b: UserId): Promise<Room | undefined>;
  membership(room: RoomId, user: UserId): Promise<Membership | undefined>;
  isBanned(room: RoomId, user: UserId): Promise<boolean>;
  /** Memberships of the user by descending room id, at most `limit`; only rooms below `below`. */
  membershipsOf(user: UserId, limit: number, below?: RoomId): Promise<Membership[]>;
  /** When each of these rooms had its last message; without those that are gone. */
  activity(rooms: readonly RoomId[]): Promise<ReadonlyMap<RoomId, Date | undefined>>;
  /** The room's members by ascending user id; only users above `above`. */
  membersOf(room: RoomId, page: MemberPage): Promise<Membership[]>;
  /** By ascending user id. */
  bansOf(room: RoomId, page: { above?: UserId | undefined; limit: number }): Promise<Ban[]>;
  /** Public groups whose name begins like that, by name, or all of them, the newest first. */
  publicRooms(page: PublicPage): Promise<Room[]>;
  /** Every room, private and direct ones too, the newest first; or groups whose name begins like that, by name. */
  allRooms(page: PublicPage): Promise<Room[]>;
  /**
   * Written messages of others than the user, of each room above that sequence, counted to `limit`; without the rooms that have none, and without
   * answers that only their threads show.
   */
  unread(user: UserId, marks: readonly UnreadMark[], limit: number): Promise<ReadonlyMap<RoomId, number>>;
  /** Those among the others who are in a room with the user. */
  sharing(user: UserId, others: readonly UserId[]): Promise<UserId[]>;
  /** Everybody who is in a room with the user; `undefined` where the members of his rooms are more than `limit`. */
  companions(user: UserId, limit: number): Promise<UserId[] | undefined>;
  /** A number that no other room has or had. */
  nextNumber(): Promise<number>;
}

export interface MemberPage {
  readonly above?: UserId | undefined;
  readonly role?: Role | undefined;
  readonly limit: number;
}

export interface PublicPage {
  /** Folded, as `roomNameKey` does. */
  readonly prefix?: string | undefined;
  readonly after?: { readonly key: string; readonly id: RoomId } | undefined;
  readonly limit: number;
}

export interface UnreadMark {
  readonly room: RoomId;
  readonly after: number;
}
