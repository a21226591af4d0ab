import type { RoomId, UserId } from './ids.ts';

/** Repliers that a thread names. */
export const maxLastRepliers = 3;

/**
 * A thread that has replies, in `threads`: written by the log worker. It says what every event of its room up to `ver` comes
 * to, and nothing of any event above. Who knows events above it adds the replies among them, and takes away each reply up to
 * `ver` that one of them deletes, when its row is not deleted or was by an event above `ver` (`EventRow.ver`).
 */
export interface ThreadRow {
  /** Id of the row of the message that begins it: `eventRowId`. */
  readonly _id: string;
  readonly r: RoomId;
  /** Sequence of the message that begins it. */
  readonly m: number;
  /** Replies that are not deleted. */
  readonly n: number;
  /** The newest of them; absent when there is none. */
  readonly last?: { readonly s: number; readonly u: UserId; readonly at: Date };
  /** Who wrote the last of them, each once, the newest first; no more than `maxLastRepliers`. */
  readonly users: readonly UserId[];
  readonly ver: number;
}
