import type { MentionRow, RoomId, UserId } from '@gapless/shared/schema';

/** A message that may name people, as it is now. */
export interface NamingMessage {
  readonly id: string;
  readonly room: RoomId;
  readonly seq: number;
  readonly author: UserId;
  /** When its text came to be. */
  readonly at: Date;
  /** Absent when it is deleted, or had landed before. */
  readonly text?: string;
  /** Of its text. */
  readonly version: number;
  /** Whom the text names, where that has been decided: for good, whatever they are called now. */
  readonly named?: Named;
  /** Some text of it has named somebody. */
  readonly hasNamed: boolean;
}

export interface Named {
  readonly users: readonly UserId[];
  readonly all: boolean;
}

/** Every write may be repeated. Each rejects with `store_unavailable` as long as trying again may help. */
export interface MentionStore {
  prepare(): Promise<void>;
  messages(ids: readonly string[]): Promise<readonly NamingMessage[]>;
  /**
   * Of messages that call everybody of their rooms the ids of those that are heard: one a room and minute, whoever wrote it,
   * and always the same.
   */
  heard(calls: readonly NamingMessage[]): Promise<ReadonlySet<string>>;
  /** Keeps with messages whom they name, unless their texts have changed since. */
  keep(decided: readonly { readonly message: NamingMessage; readonly named: Named }[]): Promise<void>;
  /** Takes away what these messages had named, but for those ids. */
  retain(messages: readonly NamingMessage[], ids: ReadonlySet<string>): Promise<void>;
  /**
   * Adds what is not there, each with its alert in the same transaction, but for the ids that are `silent`; who was alerted
   * before by the same message is not alerted again. Resolves with those to whom there is something to tell.
   */
  add(rows: readonly MentionRow[], silent: ReadonlySet<string>): Promise<readonly UserId[]>;
}
