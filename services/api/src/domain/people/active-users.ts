import type { UserId } from '@gapless/shared/schema';
import type { RoomStore } from '../rooms/room-store.ts';
import type { Blocks } from './blocks.ts';

export interface ActiveUser {
  readonly id: UserId;
  readonly presence: 'online' | 'away';
}

/** Who is online now, on whichever edge. */
export interface OnlineUsers {
  /** The lowest ids above `above`, in rising order. */
  page(request: { above: UserId | undefined; limit: number }): UserId[];
  presenceOf(user: UserId): ActiveUser['presence'] | undefined;
  readonly users: number;
}

export interface ActivePage {
  /** By rising id; fewer than asked for, or none, where too many had to be looked at. */
  readonly items: readonly ActiveUser[];
  /** Whom the next page begins behind; absent: there is no more. */
  readonly next?: UserId;
}

/** Who is online of those of whom a user may know: he himself, and whoever shares a room with him without a block between. */
export type ActiveUsers = (
  user: UserId,
  page: { readonly above?: UserId | undefined; readonly limit: number },
) => Promise<ActivePage>;

const lookedAtOnce = 200;
const lookedAtMost = 2_000;

export function createActiveUsers(deps: {
  /** Throws while that cannot be told. */
  online: () => OnlineUsers;
  rooms: Pick<RoomStore, 'sharing' | 'companions'>;
  blocks: Pick<Blocks, 'ofMany'>;
}): ActiveUsers {
  const { online, rooms, blocks } = deps;

  /** Everybody online, a piece at a time, and of each those whom he may know. */
  async function walk(now: OnlineUsers, user: UserId, above: UserId | undefined, limit: number): Promise<ActivePage> {
    const found: UserId[] = [];
    let behind = above;
    for (let looked = 0; looked < lookedAtMost; looked += lookedAtOnce) {
      const some = now.page({ above: behind, limit: lookedAtOnce });
      const sharing = new Set(await rooms.sharing(user, some));
      found.push(...some.filter((other) => other === user || sharing.has(other)));
      if (found.length > limit) return cut(now, user, found, limit);
      behind = some.at(-1);
      if (some.length < lookedAtOnce || behind === undefined) return cut(now, user, found, limit);
    }
    return { ...(await cut(now, user, found, limit)), ...(behind === undefined ? {} : { next: behind }) };
  }

  async function cut(now: OnlineUsers, user: UserId, ids: readonly UserId[], limit: number): Promise<ActivePage> {
    const shown = ids.slice(0, limit);
    const blocked = await blocks.ofMany(user, shown);
    const items = shown.flatMap((id) => {
      const presence = now.presenceOf(id);
      return presence === undefined || blocked.has(id) ? [] : [{ id, presence }];
    });
    const last = shown.at(-1);
    return ids.length > limit && last !== undefined ? { items, next: last } : { items };
  }

  return async (user, { above, limit }) => {
    const now = online();
    const companions = now.users > lookedAtOnce ? await rooms.companions(user, lookedAtMost) : undefined;
    if (companions === undefined) return walk(now, user, above, limit);
    const here = [...new Set([user, ...companions])].filter((id) => now.presenceOf(id) !== undefined).sort();
    return cut(now, user, above === undefined ? here : here.filter((id) => id > above), limit);
  };
}
