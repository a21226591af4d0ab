import type { Clock } from '@gapless/shared/runtime';
import { type Concern, notifies, type UserId } from '@gapless/shared/schema';
import { unreadLimit } from '../messages/mention-counts.ts';
import type { RoomLists } from '../rooms/room-lists.ts';
import type { Room } from '../rooms/room-store.ts';
import { concernOf, type Notification, type Notifications } from './notifications.ts';
import type { HeldNotify, NotifySettings } from './notify-settings.ts';

export interface Badge {
  /** With something unread that counts by the settings. */
  readonly rooms: number;
  readonly mentions: number;
  readonly notifications: number;
}

/** What a user has not read or seen yet and wants to know of now, looked for among what is newest. */
export type ReadBadge = (user: UserId) => Promise<Badge>;

export interface BadgeDeps {
  readonly roomLists: RoomLists;
  readonly notifications: Pick<Notifications, 'page'>;
  readonly settings: Pick<NotifySettings, 'mine' | 'held'>;
  readonly clock: Clock;
}

const looked = 100;

export const createBadge =
  ({ roomLists, notifications, settings, clock }: BadgeDeps): ReadBadge =>
  async (user) => {
    const [mine, rooms, { items }] = await Promise.all([
      settings.mine(user),
      roomLists.mine(user, { limit: looked }),
      notifications.page(user, { limit: looked }),
    ]);
    const unseen = items.filter(({ isSeen }) => !isSeen);
    const held = await settings.held(user, roomsOf(unseen));
    const nowMs = clock.now();
    // Lists and counts leave out what is his own, and inboxes whom he blocks; rooms with them go on.
    const counts = (concern: Concern, room?: Room, notify?: HeldNotify): boolean =>
      notifies({
        concern,
        user: mine,
        ...(room && notify ? { room: { kind: room.kind, isLarge: false, ...notify } } : {}),
        ...{ isOwn: false, isBlocked: false, isRead: false, nowMs },
      }) !== 'none';
    const named = rooms.items.filter(
      ({ room, notify, mentions = 0 }) => mentions > 0 && counts('mention', room, notify),
    );
    const written = rooms.items.filter(({ room, notify, unread = 0 }) => {
      return unread > 0 && counts(room.kind === 'direct' ? 'direct' : 'message', room, notify);
    });
    return {
      rooms: new Set([...named, ...written]).size,
      mentions: Math.min(
        unreadLimit,
        named.reduce((sum, { mentions = 0 }) => sum + mentions, 0),
      ),
      notifications: unseen.filter(({ event, room }) => counts(concernOf(event), room, room && held.get(room.id)))
        .length,
    };
  };

const roomsOf = (items: readonly Notification[]): Room[] => [
  ...new Map(items.flatMap(({ room }) => (room === undefined ? [] : [[room.id, room] as const]))).values(),
];
