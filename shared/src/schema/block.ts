import type { UserId } from './ids.ts';

/** What the api writes and whoever projects access reads. */
export const blockRowId = (by: UserId, user: UserId): string => `${by}:${user}`;

/** One user has blocked another, in `blocks`. */
export interface BlockRow {
  /** `<by>:<user>`: whether there is one between two is two reads by key, in a transaction too. */
  readonly _id: string;
  readonly by: UserId;
  readonly u: UserId;
  readonly at: Date;
  /** Rises with time: the place in the list. */
  readonly n: string;
}
