import type { ClientId, LinkPreview, MessageBody, RoomId, UserId } from '@gapless/shared/schema';

/** A message as history shows it. */
export interface Message {
  readonly seq: number;
  readonly user: UserId;
  readonly at: Date;
  readonly clientId: ClientId;
  readonly body: MessageBody;
  /** Sequence of the message that begins the thread in which it stands. */
  readonly thread?: number;
  /** Of a thread, and shown in the room as well. */
  readonly also?: true;
  /** The room in which it was whispered. */
  readonly whisperedIn?: RoomId;
  /** Whom it mentions, as far as it is written. */
  readonly mentions?: readonly UserId[];
  /** What its first link leads to, as far as it is written. */
  readonly link?: LinkPreview;
  /** Sequence of the event that made it what it is. */
  readonly version: number;
  readonly edited?: Date;
  /** Its body is empty then. */
  readonly deleted: boolean;
}

/** How many put that emoji to a message, and whether the reader did. */
export interface Reaction {
  readonly emoji: string;
  readonly count: number;
  readonly mine: boolean;
}

/** One member's one emoji at one message. */
export interface ReactionKey {
  readonly seq: number;
  readonly user: UserId;
  readonly emoji: string;
}

export interface ReactionState extends ReactionKey {
  readonly on: boolean;
  /** Sequence of the event that made it so. */
  readonly version: number;
}

/** What begins with a message: the answers to it. */
export interface Thread {
  /** Sequence of the message that begins it. */
  readonly root: number;
  /** Answers that are not deleted. */
  readonly count: number;
  readonly last: { readonly seq: number; readonly at: Date };
  /** Who wrote the last of them, the latest first. */
  readonly users: readonly UserId[];
}

/** What every event of the room up to `version` comes to, and nothing of any event above. */
export interface WrittenThread extends Omit<Thread, 'last'> {
  readonly last?: Thread['last'];
  readonly version: number;
}

/** A message that is or was among the pins of its room, as the event with the highest sequence left it. */
export interface Pin {
  readonly seq: number;
  readonly by: UserId;
  readonly at: Date;
  readonly on: boolean;
  readonly version: number;
}

/** A change of a message that its author made to it. */
export interface Edit {
  readonly seq: number;
  readonly at: Date;
  readonly body: MessageBody;
}

/** A message's row; `hidden` when the message had been stored before under another number. */
export interface MessageRow {
  readonly seq: number;
  readonly message: Message;
  readonly hidden: boolean;
}

/** Sequences between the two, both exclusive. */
export interface Range {
  readonly after: number;
  readonly before: number;
}

export type Direction = 'newest' | 'oldest';

/** From which end of a range how much is read. */
export interface MessagePage {
  readonly direction: Direction;
  readonly limit: number;
  /** Sequence of the message that begins it: only its answers. */
  readonly thread?: number | undefined;
  /** An event of the room that is known of: a replica of the log that does not know it is not believed. */
  readonly head?: number | undefined;
}

export interface StoredMessage {
  readonly seq: number;
  readonly at: Date;
  /** The event's JSON text, as it went into the log. */
  readonly raw: string;
}

export interface StoredEvent {
  readonly seq: number;
  /** The event's JSON text, masked where its message was deleted. */
  readonly raw: string;
}

/** What the log worker has written, read only. */
export interface EventStore {
  /** Everything of that stream up to here is written. */
  watermark(stream: string): Promise<number>;
  /** Of what is written everything up to here is projected for search. */
  searched(stream: string): Promise<number>;
  /** At most `limit` message rows of the range, from its newest or oldest end, in that order; of one thread, where named. */
  messages(room: RoomId, range: Range, page: MessagePage): Promise<MessageRow[]>;
  /** At most `limit` events of the range, of every kind, from its newest end, the newest first. */
  latest(room: RoomId, range: Range, limit: number): Promise<StoredEvent[]>;
  /** At most `limit` events of the range, of every kind, from its oldest end. */
  range(room: RoomId, range: Range, limit: number): Promise<StoredEvent[]>;
  /** What that user asked for under this client id. */
  find(room: RoomId, user: UserId, kind: string, clientId: ClientId): Promise<StoredMessage | undefined>;
  /** The rows of those of these numbers that are messages. */
  messagesAt(room: RoomId, seqs: readonly number[]): Promise<MessageRow[]>;
  /** Of the author of that message, rising, those behind `after`. */
  edits(
    room: RoomId,
    of: { readonly message: number; readonly author: UserId },
    page: { readonly after: number; readonly limit: number },
  ): Promise<Edit[]>;
  /** The threads that these messages begin, as far as there are any. */
  threads(room: RoomId, roots: readonly number[]): Promise<WrittenThread[]>;
  /** Threads whose last answer is numbered below `before`, the latest first. */
  threadsBefore(room: RoomId, page: { readonly before: number; readonly limit: number }): Promise<WrittenThread[]>;
  /** Every pin of the room, and what is written of these messages besides. */
  pins(room: RoomId, besides: readonly number[]): Promise<Pin[]>;
  /** Reactions to these messages by emoji, as written, those under `except` left out. */
  reactions(
    room: RoomId,
    seqs: readonly number[],
    reader: UserId,
    except: readonly ReactionKey[],
  ): Promise<ReadonlyMap<number, readonly Reaction[]>>;
  /** Who has put that emoji to a message, by rising id, those above `above`. */
  reactors(
    room: RoomId,
    reaction: { readonly seq: number; readonly emoji: string },
    page: { readonly above?: UserId | undefined; readonly limit: number },
  ): Promise<readonly UserId[]>;
  /** What is written under these keys. */
  reactionStates(room: RoomId, keys: readonly ReactionKey[]): Promise<readonly ReactionState[]>;
  /** Lowest written sequence under each of these senders' client ids, by `messageKey`. */
  firsts(room: RoomId, messages: readonly Message[]): Promise<ReadonlyMap<string, number>>;
}

export const messageKey = (message: Pick<Message, 'user' | 'clientId'>): string =>
  `${message.user}:${message.clientId}`;
