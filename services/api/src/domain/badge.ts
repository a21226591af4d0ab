import type { Clock } from '@gapless/shared/runtime';
import { isMutedNow, type UserId } from '@gapless/shared/schema';
import { unreadLimit } from './mention-counts.ts';
import type { Notifications } from './notifications.ts';
import type { RoomLists } from './room-lists.ts';
import type { RoomView } from './rooms.ts';

export interface Badge {
  /** With something unread that counts by the settings. */
  readonly rooms: number;
  readonly mentions: number;
  readonly notifications: number;
}

/** What a user has not read or seen yet and wants to know of, looked for among what is newest. */
export type ReadBadge = (user: UserId) => Promise<Badge>;

const looked = 100;

export const createBadge =
  (deps: { roomLists: RoomLists; notifications: Notifications; clock: Clock }): ReadBadge =>
  async (user) => {
    const [rooms, notifications] = await Promise.all([
      deps.roomLists.mine(user, { limit: looked }),
      deps.notifications.page(user, { limit: looked }),
    ]);
    const counting = rooms.items.filter(({ notify }) => {
      return notify !== undefined && notify.level !== 'none' && !isMutedNow(notify, deps.clock.now());
    });
    return {
      rooms: counting.filter(hasNews).length,
      mentions: Math.min(
        unreadLimit,
        counting.reduce((sum, { mentions = 0 }) => sum + mentions, 0),
      ),
      notifications: notifications.items.filter(({ isSeen }) => !isSeen).length,
    };
  };

/** In a direct room every message concerns him. */
function hasNews({ room, notify, unread = 0, mentions = 0 }: RoomView): boolean {
  return notify?.level === 'all' || room.kind === 'direct' ? unread > 0 : mentions > 0;
}
