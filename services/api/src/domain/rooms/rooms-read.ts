import { Failure } from '@gapless/shared/errors';
import { type UserId, unreadFrom } from '@gapless/shared/schema';
import { type MentionCounts, unreadLimit } from '../messages/mention-counts.ts';
import { countedAfter, type Marks, type MemberMark, markKey } from '../reading/marks.ts';
import type { RoomStore } from './room-store.ts';
import type { RoomView } from './rooms.ts';

/** The same rooms, each with how far its reader has read it and what is unread; without that while it cannot be told. */
export type ReadViews = (user: UserId, views: readonly RoomView[]) => Promise<RoomView[]>;

export interface ReadViewsDeps {
  readonly marks: Marks;
  readonly store: Pick<RoomStore, 'unread'>;
  readonly mentionCounts: MentionCounts;
}

export function createReadViews({ marks, store, mentionCounts }: ReadViewsDeps): ReadViews {
  async function marksOf(user: UserId, views: readonly RoomView[]): Promise<(MemberMark | undefined)[] | undefined> {
    const keys = views.flatMap(({ room, membership }) => (membership === undefined ? [] : [{ room: room.id, user }]));
    try {
      const found = await marks.of(keys);
      return views.map(({ room }) => found.get(markKey({ room: room.id, user })));
    } catch (error) {
      if (error instanceof Failure && error.code === 'unavailable') return undefined;
      throw error;
    }
  }

  return async (user, views) => {
    const known = await marksOf(user, views);
    if (known === undefined) return [...views];
    const after = known.map(countedAfter);
    const asked = views.flatMap((view, n) => {
      const above = unreadAfter(view, after[n] ?? 0);
      return above === undefined ? [] : [{ room: view.room.id, after: above }];
    });
    const mine = views.flatMap(({ membership }, n) =>
      membership === undefined ? [] : [{ membership, read: after[n] ?? 0 }],
    );
    const [counts, mentions] = await Promise.all([store.unread(user, asked, unreadLimit), mentionCounts(user, mine)]);
    return views.map((view, n) => {
      if (view.membership === undefined) return view;
      const { id } = view.room;
      const from = known[n] && unreadFrom(known[n]);
      return {
        ...{ ...view, read: known[n]?.read ?? 0 },
        ...(from === undefined ? {} : { unreadFrom: from }),
        ...{ unread: counts.get(id) ?? 0, mentions: mentions.get(id) ?? 0 },
      };
    });
  };
}

/** What was there before one came in is nothing that he has not read; `undefined` where there is nothing to count. */
function unreadAfter({ room, membership }: RoomView, read: number): number | undefined {
  if (membership === undefined || room.last === undefined) return undefined;
  const after = Math.max(read, membership.since);
  return room.last.seq > after ? after : undefined;
}
