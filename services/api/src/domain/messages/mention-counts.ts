import type { RoomId, UserId } from '@gapless/shared/schema';
import type { Membership } from '../rooms/room-store.ts';
import { visibleTo } from '../rooms/visible-to.ts';
import type { MentionStore } from './mention-store.ts';

/** More are told as that many. */
export const unreadLimit = 100;

/** Of these memberships of one user, each with how far he has read: how many messages above it name him, by room. */
export type MentionCounts = (
  user: UserId,
  rooms: readonly { readonly membership: Membership; readonly read: number }[],
) => Promise<ReadonlyMap<RoomId, number>>;

export const createMentionCounts =
  (store: Pick<MentionStore, 'counts'>): MentionCounts =>
  async (user, rooms) => {
    const parts = rooms.flatMap(({ membership, read }) =>
      visibleTo(membership).flatMap(({ after, before }) => {
        const part = { room: membership.room, after: Math.max(after, read), before };
        return part.before > part.after + 1 ? [part] : [];
      }),
    );
    const counted = await store.counts(user, parts);
    return new Map(Array.from(counted, ([room, count]) => [room, Math.min(count, unreadLimit)]));
  };
