import type { InboxEvent, MembershipEvent, OpId, RoomEvent, RoomId, UserAccess, UserId } from '../schema/index.ts';
import { inboxOf, newId } from '../schema/index.ts';

/** A change of state on its way into its room's log, written in the transaction of the change itself. */
export interface OutboxRow {
  readonly _id: OpId;
  readonly r: RoomId;
  /** `r` is a user, and the event is for his inbox. */
  readonly inbox?: true;
  /** Version of the room that the change made: rows of a room leave in this order. Of an inbox the store's clock, ms. */
  readonly ver: number;
  /** The event's JSON text, as it goes into the log. */
  readonly event: string;
  /** Users whose access the change touches. */
  readonly us: readonly UserId[];
  /** There is no event: only access changes. */
  readonly quiet?: true;
  /** The room is gone: all memberships end behind the event. */
  readonly sweep?: true;
  /** With `sweep`: the access of members up to this one has been taken. */
  readonly swept?: UserId;
}

export interface WaitingRow extends OutboxRow {
  /** By the store's clock, when it was read. */
  readonly ageMs: number;
}

export interface LeftBehind {
  readonly olderThanMs: number;
  readonly limit: number;
  /** Not these. */
  readonly except: readonly RoomId[];
}

export interface Outbox {
  /** Rows of that room in the order of their versions, the lowest first. */
  waiting(room: RoomId, limit: number): Promise<WaitingRow[]>;
  /** Whether the row is still to be carried out. */
  has(op: OpId): Promise<boolean>;
  remove(op: OpId): Promise<void>;
  /** How far a sweep has come: whoever carries it on begins behind that user. */
  noteSwept(op: OpId, user: UserId): Promise<void>;
  /**
   * Rooms with rows older than that, those with the oldest first; inboxes behind them, for nobody's removal waits until a
   * crowd was alerted.
   */
  leftBehind(which: LeftBehind): Promise<RoomId[]>;
  /** Age of the oldest row, 0 when there is none. */
  oldestAgeMs(): Promise<number>;
  /** About how many wait. */
  count(): Promise<number>;
  /** Takes or renews the right to dispatch a room, by the store's clock; `false` while somebody else has it. */
  lease(room: RoomId, by: string, ms: number): Promise<boolean>;
  release(room: RoomId, by: string): Promise<void>;
}

export interface Memberships {
  /** The rooms that the user is in now, as the primary has them. */
  of(user: UserId): Promise<UserAccess>;
  /** Notes the sequence of the event with the stay that it began or ended. May be repeated. */
  landed(event: MembershipEvent, seq: number): Promise<void>;
  /** Ends every membership of a room that is gone since that version, and all that leads into it. May be repeated. */
  endAll(room: RoomId, version: number): Promise<void>;
  /** Those whose membership that version ended, in pages by their ids: an empty one ends it. */
  endedBy(room: RoomId, version: number, after?: UserId): Promise<UserId[]>;
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
  sweep?: boolean;
}): OutboxRow => ({
  _id: newId<OpId>(),
  r: from.room,
  ver: from.ver,
  event: JSON.stringify(from.event),
  us: from.users,
  ...(from.sweep ? { sweep: true } : {}),
});

/** Access of these users has changed without an event. */
export const newQuietRow = (from: { room: RoomId; ver: number; users: readonly UserId[] }): OutboxRow => ({
  _id: newId<OpId>(),
  r: from.room,
  ver: from.ver,
  event: '',
  us: from.users,
  quiet: true,
});

/** `ver` of a row for an inbox on its way into the store, which stamps it: clocks of processes differ, and would swap rows. */
export const writtenNow = 0;

/** `op` names the change where doing it twice must not tell it twice. */
export const newInboxRow = (user: UserId, event: InboxEvent, op: OpId = newId<OpId>()): OutboxRow => ({
  _id: op,
  r: user as string as RoomId,
  inbox: true,
  ver: writtenNow,
  event: JSON.stringify(event),
  us: [],
});

/** What the log calls the room that a row is for. */
export const roomOfRow = ({ r, inbox }: Pick<OutboxRow, 'r' | 'inbox'>): RoomId =>
  inbox === true ? inboxOf(r as string as UserId) : r;
