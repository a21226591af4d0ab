import type { ReplyEvent, RoomId, UserId } from '@gapless/shared/schema';

/** A message that answers in a thread, or quotes another, or both. */
export interface Answer {
  readonly id: string;
  readonly room: RoomId;
  readonly seq: number;
  readonly author: UserId;
  readonly at: Date;
  /** Row of the message that begins its thread. */
  readonly thread?: string;
  /** Row of the message that it quotes. */
  readonly quoted?: string;
}

/** Somebody who wrote in a thread, since that number. */
export interface Replier {
  readonly user: UserId;
  readonly since: number;
}

/** Every write may be repeated. Each rejects with `store_unavailable` as long as trying again may help. */
export interface ReplyStore {
  /** Of these messages the answers that are there and of which nobody was told. */
  untold(ids: readonly string[]): Promise<readonly Answer[]>;
  /** Who wrote those messages, by their rows. */
  authors(ids: readonly string[]): Promise<ReadonlyMap<string, UserId>>;
  /** Who answered in those threads, of each at most `limit`: those who did last. */
  repliers(threads: readonly string[], limit: number): Promise<ReadonlyMap<string, readonly Replier[]>>;
  /** Whom those messages name, by their rows. */
  named(answers: readonly Answer[]): Promise<ReadonlyMap<string, ReadonlySet<UserId>>>;
  /** Notes of those answers that it is settled who is told, and tells them, together and once. */
  tell(answers: readonly Answer[], told: readonly ReplyEvent[]): Promise<void>;
}
