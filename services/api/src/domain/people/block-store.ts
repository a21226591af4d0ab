import type { UserId } from '@gapless/shared/schema';
import type { Sent } from '../rooms/room-changes.ts';

export interface Block {
  readonly by: UserId;
  readonly user: UserId;
  readonly at: Date;
  /** Rises with time: the place in the list. */
  readonly place: string;
}

export type Pair = readonly [UserId, UserId];

export interface BlockStore {
  /**
   * Rejects with `not_found` for a user who does not exist, with `too_many_blocks` at the limit, exactly. With it what is to be
   * carried out where the two have a direct room; `undefined` where they have none, or the block stood already.
   */
  add(block: Block, limit: number): Promise<Sent | undefined>;
  /** As `add`; `undefined` as well where there was no block. */
  remove(by: UserId, user: UserId): Promise<Sent | undefined>;
  /** Of these users those whom the user has blocked, or who have blocked him. */
  ofMany(user: UserId, users: readonly UserId[]): Promise<ReadonlySet<UserId>>;
  /** Those of these pairs between whom there is a block, whoever made it. */
  ofPairs(pairs: readonly Pair[]): Promise<Pair[]>;
  /** Whom the user has blocked, the newest first; only what was before `below`. */
  list(by: UserId, page: { below?: string | undefined; limit: number }): Promise<Block[]>;
}
