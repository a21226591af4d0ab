import type { OpId, RoomId, UserId } from './ids.ts';

/** Also the op id of its alert: a message alerts each user once, whatever becomes of its text. */
export const mentionRowId = (room: RoomId, message: number, user: UserId): string =>
  `mention:${room}:${message}:${user}`;

/** Op id of the word that an answer concerns somebody: one a message and user. */
export const replyOpId = (room: RoomId, message: number, user: UserId): OpId =>
  `reply:${room}:${message}:${user}` as OpId;

/** Somebody is named in a message, in `mentions`: written by the log worker. */
export interface MentionRow {
  /** `mention:<room>:<sequence>:<user>`. */
  readonly _id: string;
  readonly r: RoomId;
  readonly m: number;
  /** Who is named. */
  readonly u: UserId;
  /** Who wrote the message. */
  readonly by: UserId;
  /** When he named him: with the message, or with an edit of it. */
  readonly at: Date;
  /** Not by name, but with everybody of the room. */
  readonly all?: true;
}
