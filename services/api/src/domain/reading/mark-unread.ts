import type { Clock } from '@gapless/shared/runtime';
import type { RoomId, UnreadMark, UserId } from '@gapless/shared/schema';
import type { History } from '../messages/history.ts';
import { type Marks, markKey } from './marks.ts';

/** Stores that a member marked a room unread, then tells his devices. */
export type RecordUnread = (mark: { room: RoomId; user: UserId; unread: UnreadMark }) => Promise<void>;

/** A member marks a room unread from a message on, which he may see. Resolves when that is stored. */
export type MarkUnread = (user: UserId, room: RoomId, seq: number) => Promise<void>;

export function createMarkUnread(deps: {
  history: Pick<History, 'get'>;
  marks: Marks;
  record: RecordUnread;
  clock: Clock;
}): MarkUnread {
  const { history, marks, record, clock } = deps;
  return async (user, room, seq) => {
    await history.get(user, room, seq, 'rooms.markUnread');
    const mark = (await marks.of([{ room, user }])).get(markKey({ room, user }));
    // Above all that was said before, by whatever clock: what is on its way from then does not undo it.
    const v = Math.max(clock.now(), (mark?.readAt ?? 0) + 1, (mark?.unread?.v ?? 0) + 1);
    await record({ room, user, unread: { v, s: seq } });
  };
}
