import type { ClientId, MessageBody, RoomId, UserId } from '@gapless/shared/schema';

/** A message as history shows it. */
export interface Message {
  readonly seq: number;
  readonly user: UserId;
  readonly at: Date;
  readonly clientId: ClientId;
  readonly body: MessageBody;
  readonly thread?: number;
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
  /** At most `limit` message rows of the range, from its newest or oldest end, in that order. */
  messages(room: RoomId, range: Range, direction: Direction, limit: number): Promise<MessageRow[]>;
  /** At most `limit` events of the range, of every kind, from its oldest end. */
  range(room: RoomId, range: Range, limit: number): Promise<StoredEvent[]>;
  /** What that user asked for under this client id. */
  find(room: RoomId, user: UserId, kind: string, clientId: ClientId): Promise<StoredMessage | undefined>;
  /** The row of that message. */
  message(room: RoomId, seq: number): Promise<MessageRow | undefined>;
  /** Reactions to these messages by emoji, as written, those under `except` left out. */
  reactions(
    room: RoomId,
    seqs: readonly number[],
    reader: UserId,
    except: readonly ReactionKey[],
  ): Promise<ReadonlyMap<number, readonly Reaction[]>>;
  /** What is written under these keys. */
  reactionStates(room: RoomId, keys: readonly ReactionKey[]): Promise<readonly ReactionState[]>;
  /** Lowest written sequence under each of these senders' client ids, by `messageKey`. */
  firsts(room: RoomId, messages: readonly Message[]): Promise<ReadonlyMap<string, number>>;
}

export const messageKey = (message: Pick<Message, 'user' | 'clientId'>): string =>
  `${message.user}:${message.clientId}`;
