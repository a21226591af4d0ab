import type { RoomId, UserId } from '@gapless/shared/schema';
import type { MentionStore } from './mention-store.ts';
import type { Membership } from './room-store.ts';
import { visibleTo } from './visible-to.ts';

/** Of these memberships of one user, each with how far he has read: how many messages above it name him, by room. */
export type MentionCounts = (
  user: UserId,
  rooms: readonly { readonly membership: Membership; readonly read: number }[],
) => Promise<ReadonlyMap<RoomId, number>>;

export const createMentionCounts =
  (store: Pick<MentionStore, 'counts'>): MentionCounts =>
  (user, rooms) =>
    store.counts(
      user,
      rooms.flatMap(({ membership, read }) =>
        visibleTo(membership).flatMap(({ after, before }) => {
          const part = { room: membership.room, after: Math.max(after, read), before };
          return part.before > part.after + 1 ? [part] : [];
        }),
      ),
    );
