import type { RoomId, UserId } from './ids.ts';

export const markRowId = (room: RoomId, user: UserId): string => `${room}:${user}`;

/** How far a member has come in a room, in `reads`: written by the log worker, with `$max` only. */
export interface MarkRow {
  /** `<room>:<user>`. */
  readonly _id: string;
  readonly r: RoomId;
  readonly u: UserId;
  readonly recv: number;
  readonly read: number;
  /** Clock of who took the newest. */
  readonly at: Date;
}

/** In `watermarks`: every batch of that stream of receipts up to `seq` is in `reads`. */
export const receiptsAppliedId = 'RCPT.applied';

export interface ReceiptsAppliedRow {
  readonly _id: string;
  /** Of the stream: another time is another stream, whose numbers begin anew. */
  readonly created: string;
  readonly seq: number;
}
