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
  /** Clock of who took the newest of the two. */
  readonly at: Date;
  /** When he last said that he has read, ms since 1970. */
  readonly ra?: number;
  readonly un?: UnreadMark;
}

/** He marked it unread from message `s` on. Of two the one with the higher `v` counts, and none that is not above `ra`. */
export interface UnreadMark {
  /** Made of the clock of who took it, and above whatever he knew of. The first field: stores compare by it first. */
  readonly v: number;
  readonly s: number;
}

export function laterUnread(a: UnreadMark | undefined, b: UnreadMark | undefined): UnreadMark | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.v > b.v || (a.v === b.v && a.s > b.s) ? a : b;
}

/** From which message on he has it marked unread, unless he has read since. */
export const unreadFrom = ({ readAt = 0, unread }: { readAt?: number; unread?: UnreadMark }): number | undefined =>
  unread !== undefined && unread.v > readAt ? unread.s : undefined;

/** In `watermarks`: every batch of that stream of receipts up to `seq` is in `reads`. */
export const receiptsAppliedId = 'RCPT.applied';

export interface ReceiptsAppliedRow {
  readonly _id: string;
  /** Of the stream: another time is another stream, whose numbers begin anew. */
  readonly created: string;
  readonly seq: number;
}
