import type { UserId } from '@gapless/shared/schema';
import type { AccountStore } from '../accounts/account-store.ts';
import type { RoomStore } from '../rooms/room-store.ts';
import type { Blocks } from './blocks.ts';

/** Those among them whose presence the user may know, and when each was last seen where that is known. */
export type Watchable = (user: UserId, others: readonly UserId[]) => Promise<[user: UserId, seen: Date | undefined][]>;

/** Whoever shares a room with him, and neither of whom has blocked the other. */
export function createWatchable(deps: {
  rooms: Pick<RoomStore, 'sharing'>;
  accounts: Pick<AccountStore, 'lastSeen'>;
  blocks: Pick<Blocks, 'ofMany'>;
}): Watchable {
  const { rooms, accounts, blocks } = deps;
  return async (user, others) => {
    const sharing = await rooms.sharing(user, others);
    const [seen, blocked] = await Promise.all([accounts.lastSeen(sharing), blocks.ofMany(user, sharing)]);
    return sharing.filter((other) => !blocked.has(other)).map((other) => [other, seen.get(other)]);
  };
}
