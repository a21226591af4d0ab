import type { UserId } from '@gapless/shared/schema';

export interface Block {
  readonly by: UserId;
  readonly user: UserId;
  readonly at: Date;
  /** Rises with time: the place in the list. */
  readonly place: string;
}

export interface BlockStore {
  /** Rejects with `not_found` for a user who does not exist, with `too_many_blocks` at the limit, exactly. May be repeated. */
  add(block: Block, limit: number): Promise<void>;
  /** May be repeated. */
  remove(by: UserId, user: UserId): Promise<void>;
  /** Of these users those whom the user has blocked, or who have blocked him. */
  ofMany(user: UserId, users: readonly UserId[]): Promise<ReadonlySet<UserId>>;
  /** Whom the user has blocked, the newest first; only what was before `below`. */
  list(by: UserId, page: { below?: string | undefined; limit: number }): Promise<Block[]>;
}
