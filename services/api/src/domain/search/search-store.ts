import type { RoomId } from '@gapless/shared/schema';
import type { Range } from '../log/event-store.ts';

/** Part of a room. */
export interface Stretch extends Range {
  readonly room: RoomId;
}

/** A message that may be one of those that are looked for. */
export interface Candidate {
  readonly room: RoomId;
  readonly seq: number;
  readonly at: Date;
  readonly hasAll: boolean;
}

export interface SearchGrams {
  /** By which it is looked for. */
  readonly by: string;
  readonly others: readonly string[];
}

/** What messages are found by, as the log worker has written it; read only. What is looked at is bounded by `limit`. */
export interface SearchStore {
  /** The newest of these stretches that have one gram, at most `limit`, the newest first; of each whether it has all. */
  newest(stretches: readonly Stretch[], grams: SearchGrams, limit: number): Promise<Candidate[]>;
  /** How many there are of each of these grams, counted to `limit`. */
  frequencies(stretches: readonly Stretch[], grams: readonly string[], limit: number): Promise<number[]>;
}
