import type { MembershipEvent, OpId, RoomEvent, RoomId, UserAccess, UserId } from '../schema/index.ts';
import { newId } from '../schema/index.ts';

/** A change of state on its way into its room's log, written in the transaction of the change itself. */
export interface OutboxRow {
  readonly _id: OpId;
  readonly r: RoomId;
  /** Version of the room that the change made: rows of a room leave in this order. */
  readonly ver: number;
  /** The event's JSON text, as it goes into the log. */
  readonly event: string;
  /** Users whose access the change touches. */
  readonly us: readonly UserId[];
  /** `r` is a user's id, and the event one of his inbox. */
  readonly inbox?: true;
}

export interface WaitingRow extends OutboxRow {
  /** By the store's clock, when it was read. */
  readonly ageMs: number;
}

export interface Outbox {
  /** Rows of that room in the order of their versions, the lowest first. */
  waiting(room: RoomId, limit: number): Promise<WaitingRow[]>;
  /** Whether the row is still to be carried out. */
  has(op: OpId): Promise<boolean>;
  remove(op: OpId): Promise<void>;
  /** Rooms with rows older than that, those with the oldest first. */
  leftBehind(olderThanMs: number, limit: number): Promise<RoomId[]>;
  /** Age of the oldest row, 0 when there is none. */
  oldestAgeMs(): Promise<number>;
  /** Takes or renews the right to dispatch a room, by the store's clock; `false` while somebody else has it. */
  lease(room: RoomId, by: string, ms: number): Promise<boolean>;
  release(room: RoomId, by: string): Promise<void>;
}

export interface Memberships {
  /** The rooms that the user is in now, as the primary has them. */
  of(user: UserId): Promise<UserAccess>;
  /** Notes the sequence of the event with the stay that it began or ended. May be repeated. */
  landed(event: MembershipEvent, seq: number): Promise<void>;
  /** Every user that ever was in a room, in pages: the first without `after`, an empty one ends it. */
  users(after?: UserId): Promise<UserId[]>;
}

/** What of the log has reached the message store. */
export interface Persisted {
  /** Everything of the stream up to here. */
  watermark(stream: string): Promise<number>;
  /** Sequence of the event that carried the change out. */
  seqOf(op: OpId): Promise<number | undefined>;
}

export const newOutboxRow = (from: {
  room: RoomId;
  ver: number;
  event: RoomEvent;
  users: readonly UserId[];
}): OutboxRow => ({
  _id: newId<OpId>(),
  r: from.room,
  ver: from.ver,
  event: JSON.stringify(from.event),
  us: from.users,
});
