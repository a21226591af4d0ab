import type { RoomId } from '@gapless/shared/schema';
import type { SearchGrams } from './search-store.ts';

export interface RoomCandidate {
  readonly id: RoomId;
  readonly hasAll: boolean;
}

/** What rooms are found by: grams of name and topic, read only. */
export interface RoomGramStore {
  /** The newest public groups below `below` that have one gram, at most `limit`; of each whether it has all. */
  publicWith(grams: SearchGrams, page: { below: RoomId | undefined; limit: number }): Promise<RoomCandidate[]>;
  /** Those among these rooms that have all grams. */
  among(ids: readonly RoomId[], grams: SearchGrams): Promise<RoomId[]>;
}
