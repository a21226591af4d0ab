import type { RoomId, UserId } from './ids.ts';

/** A message that is or was pinned, in `pins`: written by the log worker. That of a deleted message is gone. */
export interface PinRow {
  /** Id of the message's row: `eventRowId`. */
  readonly _id: string;
  readonly r: RoomId;
  readonly m: number;
  /** Who pinned it, or took it from the pins, and when. */
  readonly u: UserId;
  readonly at: Date;
  readonly on: boolean;
  /** Sequence of the event that made it so. */
  readonly ver: number;
}
