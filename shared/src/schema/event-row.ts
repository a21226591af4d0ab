import type { ClientId, OpId, RoomId, UserId } from './ids.ts';
import type { LinkPreview, MessageBody } from './room-event.ts';

/** What the log worker writes and the api reads: both must spell it alike, for ever. */
export const eventRowId = (room: RoomId, seq: number): string => `${room}:${String(seq).padStart(16, '0')}`;

/** Of the row of an event that could not be written: `<stream>:<sequence in 16 digits>`, in the order of the log. */
export const deadLetterId = (stream: string, seq: number): string => `${stream}:${String(seq).padStart(16, '0')}`;

export const reactionRowId = (room: RoomId, message: number, user: UserId, emoji: string): string =>
  `${eventRowId(room, message)}:${user}:${emoji}`;

/** An ordered event as MongoDB keeps it. */
export interface EventRow {
  /** `<room>:<sequence in 16 digits>`. */
  readonly _id: string;
  readonly r: RoomId;
  readonly s: number;
  readonly u: UserId;
  /** Kind: the event's `t`, also one that this worker does not know. */
  readonly k: string;
  readonly c?: ClientId;
  readonly op?: OpId;
  readonly at: Date;
  /** When the log worker wrote it, by its clock. */
  readonly wr?: Date;
  /** The event's JSON text as the log has it. */
  readonly raw: string;
  /** Sequence of the message that a change is about. */
  readonly m?: number;
  /** What a message says now, its edits folded into it; gone when it is deleted. */
  readonly cur?: MessageBody;
  /** Sequence of the event that made the row what it is. */
  readonly ver: number;
  /** When `cur` was last edited. */
  readonly ed?: Date;
  /** Id of the row of the message that begins its thread, also when it is deleted; not in what landed twice. */
  readonly th?: string;
  /** With `th`: shown in the room as well. */
  readonly also?: true;
  /** Whom it names, as members were when it was written or edited; gone when it is deleted. */
  readonly men?: readonly UserId[];
  /** It names everybody of the room. */
  readonly mall?: true;
  /** `ver` of the text that `men` and `mall` belong to. */
  readonly menv?: number;
  /** Of an answer or a quote: those whom it concerns have been told, once for good. */
  readonly told?: true;
  /** What the first link of its text leads to; gone when it is deleted or says something else. */
  readonly link?: LinkPreview;
  /** The message is deleted; `raw` is masked, also that of its edits and previews. */
  readonly del?: true;
  /** In place of `c` or `op` in an event that landed twice, with the sequence of the first. */
  readonly dc?: ClientId;
  readonly dop?: OpId;
  readonly dupOf?: number;
}

/** One member's one emoji at one message, as the event with the highest sequence left it. */
export interface ReactionRow {
  /** `<row of the message>:<user>:<emoji>`. */
  readonly _id: string;
  readonly r: RoomId;
  readonly m: number;
  readonly u: UserId;
  readonly e: string;
  readonly on: boolean;
  /** Sequence of the event that made it so. */
  readonly ver: number;
}
