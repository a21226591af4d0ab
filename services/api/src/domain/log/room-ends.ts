import { Failure } from '@gapless/shared/errors';
import type { RoomId } from '@gapless/shared/schema';
import type { LoggedEvent } from './log-tail.ts';
import type { MessageRows } from './message-rows.ts';
import type { UnwrittenEvents } from './unwritten-events.ts';

/** What is not written yet of the rooms that one request looks at: each is read once, as it was when it was first asked for. */
export interface RoomEnds {
  readonly watermark: MessageRows['watermark'];
  readonly unwritten: UnwrittenEvents;
}

/** When the log is away, one room waits for it: nothing is said of the others, which are shown as they are written. */
export function createRoomEnds(deps: { rows: Pick<MessageRows, 'watermark'>; unwritten: UnwrittenEvents }): RoomEnds {
  const watermarks = new Map<RoomId, Promise<number>>();
  const tails = new Map<RoomId, Promise<LoggedEvent[]>>();
  let isAway = false;

  const watermark = (room: RoomId) => once(watermarks, room, () => deps.rows.watermark(room));

  async function tailOf(room: RoomId): Promise<LoggedEvent[]> {
    if (isAway) return [];
    try {
      return await deps.unwritten(room, await watermark(room));
    } catch (error) {
      if (!(error instanceof Failure && error.kind === 'log_unavailable')) throw error;
      isAway = true;
      return [];
    }
  }

  return {
    watermark,
    async unwritten(room, after) {
      const tail = await once(tails, room, () => tailOf(room));
      return tail.filter(({ seq }) => seq > after);
    },
  };
}

function once<T>(known: Map<RoomId, Promise<T>>, room: RoomId, read: () => Promise<T>): Promise<T> {
  const before = known.get(room);
  if (before !== undefined) return before;
  const reading = read();
  known.set(room, reading);
  return reading;
}
