import { Failure } from '@gapless/shared/errors';
import { maxToldMembers } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import type { RoomId, UserId } from '@gapless/shared/schema';
import type { EventStore } from './event-store.ts';
import type { LogTail } from './log-tail.ts';
import { type RoomReads, seenByMember } from './standing.ts';

/** Stores that a member has read up to there, then tells it; the room only when `told`. */
export type RecordRead = (read: { room: RoomId; user: UserId; seq: number }, told: boolean) => Promise<void>;

/** A member has read the room up to there. Resolves when that is stored. */
export type MarkRead = (user: UserId, room: RoomId, seq: number) => Promise<void>;

export interface MarkReadDeps {
  readonly rooms: RoomReads;
  readonly events: Pick<EventStore, 'range'>;
  readonly tail: Pick<LogTail, 'head' | 'read'>;
  readonly record: RecordRead;
  readonly clock: Clock;
}

export function createMarkRead({ rooms, events, tail, record, clock }: MarkReadDeps): MarkRead {
  /** What the log does not hold any more is in the store. */
  async function hasReached(room: RoomId, seq: number): Promise<boolean> {
    if (seq <= (await tail.head(room))) return true;
    if ((await tail.read(room, seq)) !== undefined) return true;
    const { length } = await events.range(room, { after: seq - 1, before: Number.MAX_SAFE_INTEGER }, 1);
    return length > 0;
  }

  return async (user, id, seq) => {
    const { room } = await seenByMember(rooms, 'rooms.read', { room: id, user, now: clock.now() });
    if (!(await hasReached(id, seq))) {
      throw new Failure('invalid_cursor', { detail: 'The room has not come that far' });
    }
    await record({ room: id, user, seq }, room.members <= maxToldMembers);
  };
}
