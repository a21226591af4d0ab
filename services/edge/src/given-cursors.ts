import type { LogStreams, RoomLog } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { backoffMs, sleep } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';
import type { RoomHub } from './room-hub.ts';
import type { StreamStarts } from './stream-starts.ts';
import { turnsByStream } from './turns.ts';

/**
 * Whether a cursor that is ahead of this edge may be one that Gapless gave: the client may have been on an edge that was a
 * moment ahead. If so, this edge has been told that it is behind. While the log is away it is believed, until it can be asked.
 */
export type WasGiven = (room: RoomId, cursor: number) => Promise<boolean>;

export interface GivenCursorsDeps {
  readonly hub: Pick<RoomHub, 'cursor' | 'reach'>;
  readonly log: Pick<RoomLog, 'readRoom'>;
  readonly starts: StreamStarts;
  readonly streams: Pick<LogStreams, 'names'>;
}

/** A crowd that comes from another edge is ahead by milliseconds: after this time most need no question. */
const patienceMs = 20;
/** To a stream. */
const questionsAtOnce = 16;
/** A hole is filled within milliseconds while the log is there. */
const catchUpMs = 2_000;
const catchUpPace = { firstMs: 5, maxMs: 100 };

export function createWasGiven({ hub, log, starts, streams }: GivenCursorsDeps): WasGiven {
  const turnsOf = turnsByStream(questionsAtOnce, streams);
  const underWay = new Map<string, Promise<boolean>>();

  /** Nearly always all that is left to wait for. */
  const caughtUp = async (room: RoomId, cursor: number): Promise<void> => {
    const end = performance.now() + catchUpMs;
    for (let looks = 0; hub.cursor(room) < cursor && performance.now() < end; looks++) {
      await sleep(backoffMs(looks, catchUpPace));
    }
  };

  /** The log's leader tells, or forgot long ago. */
  const ask = async (room: RoomId, cursor: number): Promise<boolean> => {
    try {
      const [next] = await turnsOf(room).run(() => log.readRoom(room, cursor, 1, 'leader'));
      // Above a cursor that is below the log's beginning no event of the room is numbered as low.
      if (next === undefined && cursor >= (await starts.first(room))) return false;
      hub.reach(room, next?.seq ?? cursor);
      await caughtUp(room, cursor);
      return true;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return true;
    }
  };

  return async (room, cursor) => {
    await sleep(patienceMs);
    if (cursor <= hub.cursor(room)) return true;
    const key = `${room}:${cursor}`;
    const same = underWay.get(key);
    if (same !== undefined) return same;
    const asking = ask(room, cursor).finally(() => underWay.delete(key));
    underWay.set(key, asking);
    return asking;
  };
}
