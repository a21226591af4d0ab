import type { ClientId, MessageBody, RoomId, UserId } from '@gapless/shared/schema';

/** A message as history shows it. */
export interface Message {
  readonly seq: number;
  readonly user: UserId;
  readonly at: Date;
  readonly clientId: ClientId;
  readonly body: MessageBody;
  readonly thread?: number;
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

/** What the log worker has written, read only. */
export interface EventStore {
  /** Everything of that stream up to here is written. */
  watermark(stream: string): Promise<number>;
  /** At most `limit` message rows of the range, from its newest or oldest end, in that order. */
  messages(room: RoomId, range: Range, direction: Direction, limit: number): Promise<MessageRow[]>;
  /** The message that bears this client id. */
  find(room: RoomId, user: UserId, kind: string, clientId: ClientId): Promise<StoredMessage | undefined>;
  /** Lowest written sequence under each of these senders' client ids, by `messageKey`. */
  firsts(room: RoomId, messages: readonly Message[]): Promise<ReadonlyMap<string, number>>;
}

export const messageKey = (message: Pick<Message, 'user' | 'clientId'>): string =>
  `${message.user}:${message.clientId}`;
