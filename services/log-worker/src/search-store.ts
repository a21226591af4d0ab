import type { RoomId, SearchRow, UserId } from '@gapless/shared/schema';

/** A message as it is now. */
export interface SearchableMessage {
  readonly id: string;
  readonly room: RoomId;
  readonly seq: number;
  readonly author: UserId;
  readonly at: Date;
  /** Absent when it is deleted. */
  readonly text?: string;
  /** Of its text, or of its deletion. */
  readonly version: number;
}

/** Every write may be repeated. Each rejects with `store_unavailable` as long as trying again may help. */
export interface SearchStore {
  prepare(): Promise<void>;
  /** Adds what is not there; resolves with the ids of what is, which is left as it is. */
  add(rows: readonly SearchRow[]): Promise<readonly string[]>;
  /** Never puts an older version in the place of a newer one. */
  put(rows: readonly SearchRow[]): Promise<void>;
  /** Without those that had landed before. */
  messages(ids: readonly string[]): Promise<readonly SearchableMessage[]>;
}

export interface SearchRebuildStore extends Pick<SearchStore, 'put'> {
  /** Messages among the next events behind that id, and the last one's id; `undefined` at the end. */
  page(after: string, limit: number): Promise<{ messages: readonly SearchableMessage[]; last: string } | undefined>;
  /** How far a rebuild with these rules came that was broken off; '' when there was none of late, or nothing is left of it. */
  reached(rules: number): Promise<string>;
  noteReached(rules: number, id: string): Promise<void>;
  /** All is as these rules make it. */
  noteRebuilt(rules: number): Promise<void>;
  /** Nobody says by which rules all was made, nor how far a rebuild came. */
  forgetRules(): Promise<void>;
  /** By which rules all was made; `undefined` when that was never said, though there are events. */
  rulesOfAll(fresh: number): Promise<number | undefined>;
}
