import type { UserId } from '@gapless/shared/schema';
import type { AccountStore } from './account-store.ts';
import type { RoomStore } from './room-store.ts';

/** Those among them whose presence the user may know, and when each was last seen where that is known. */
export type Watchable = (user: UserId, others: readonly UserId[]) => Promise<[user: UserId, seen: Date | undefined][]>;

/** Whoever shares a room with him. */
export function createWatchable(deps: {
  rooms: Pick<RoomStore, 'sharing'>;
  accounts: Pick<AccountStore, 'lastSeen'>;
}): Watchable {
  const { rooms, accounts } = deps;
  return async (user, others) => {
    const sharing = await rooms.sharing(user, others);
    const seen = await accounts.lastSeen(sharing);
    return sharing.map((other) => [other, seen.get(other)]);
  };
}
