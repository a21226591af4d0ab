import { Failure } from '@gapless/shared/errors';
import { maxToldMembers } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import type { RoomId, UserId } from '@gapless/shared/schema';
import type { EventStore } from '../log/event-store.ts';
import type { LogTail } from '../log/log-tail.ts';
import { type RoomReads, seenByMember } from '../rooms/standing.ts';
import { type Marks, markKey } from './marks.ts';

/** Stores that a member has read up to there, then tells it; the room only when `told`. */
export type RecordRead = (
  read: { room: RoomId; user: UserId; seq: number; readAt: number },
  told: boolean,
) => Promise<void>;

/** A member has read the room up to there. Resolves when that is stored. */
export type MarkRead = (user: UserId, room: RoomId, seq: number) => Promise<void>;

export interface MarkReadDeps {
  readonly rooms: RoomReads;
  readonly events: Pick<EventStore, 'range'>;
  readonly tail: Pick<LogTail, 'head' | 'read'>;
  readonly marks: Marks;
  readonly record: RecordRead;
  readonly clock: Clock;
}

export function createMarkRead({ rooms, events, tail, marks, record, clock }: MarkReadDeps): MarkRead {
  /** What the log does not hold any more is in the store. */
  async function hasReached(room: RoomId, seq: number): Promise<boolean> {
    if (seq <= (await tail.head(room))) return true;
    if ((await tail.read(room, seq)) !== undefined) return true;
    const { length } = await events.range(room, { after: seq - 1, before: Number.MAX_SAFE_INTEGER }, 1);
    return length > 0;
  }

  /** Behind whatever he marked unread, also by another clock; where that cannot be told by this one. */
  async function momentOf(room: RoomId, user: UserId): Promise<number> {
    try {
      const mark = (await marks.of([{ room, user }])).get(markKey({ room, user }));
      return Math.max(clock.now(), (mark?.unread?.v ?? 0) + 1);
    } catch (error) {
      if (error instanceof Failure && error.code === 'unavailable') return clock.now();
      throw error;
    }
  }

  return async (user, id, seq) => {
    const { room } = await seenByMember(rooms, 'rooms.read', { room: id, user, now: clock.now() });
    if (!(await hasReached(id, seq))) {
      throw new Failure('invalid_cursor', { detail: 'The room has not come that far' });
    }
    const readAt = await momentOf(id, user);
    await record({ room: id, user, seq, readAt }, room.members <= maxToldMembers);
  };
}
