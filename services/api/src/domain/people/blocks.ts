import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { newId, type UserId } from '@gapless/shared/schema';
import type { CarryOut, Sent } from '../rooms/room-changes.ts';
import type { Block, BlockStore } from './block-store.ts';

/**
 * Who wants nothing to do with whom. What a block stops it stops both ways: a direct room, a whisper, a mention, presence.
 * Rooms that both are in go on.
 */
export interface Blocks {
  /** Whether either has blocked the other. */
  between(a: UserId, b: UserId): Promise<boolean>;
  /** Of these users those with whom there is a block, whoever made it. */
  ofMany(user: UserId, users: readonly UserId[]): Promise<ReadonlySet<UserId>>;
  /** Binds in their direct room as well, on every edge. May be repeated. The other is not told. */
  block(by: UserId, user: UserId): Promise<void>;
  /** May be repeated. What the other has blocked stays so. */
  unblock(by: UserId, user: UserId): Promise<void>;
  /** Whom the user has blocked, the newest first. */
  mine(user: UserId, page: { below?: string | undefined; limit: number }): Promise<Block[]>;
}

export const blocksLimit = 1_000;

export function createBlocks(deps: { store: BlockStore; clock: Clock; carryOut: CarryOut }): Blocks {
  const { store, clock, carryOut } = deps;

  async function bind(sent: Sent | undefined): Promise<void> {
    if (sent !== undefined) await carryOut(sent);
  }

  return {
    between: async (a, b) => a !== b && (await store.ofMany(a, [b])).has(b),
    ofMany: (user, users) => store.ofMany(user, users),
    async block(by, user) {
      if (by === user) throw new Failure('forbidden', { detail: 'Nobody blocks himself' });
      const now = clock.now();
      await bind(await store.add({ by, user, at: new Date(now), place: newId(now) }, blocksLimit));
    },
    unblock: async (by, user) => bind(await store.remove(by, user)),
    mine: (user, page) => store.list(user, page),
  };
}
