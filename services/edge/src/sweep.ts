import { byStream, type LogStreams, type RoomLog } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { backoffMs, sleep, steadyClock } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';
import type { RoomHub } from './room-hub.ts';

export interface Sweep {
  /** Compares every followed room, or those of that stream, with the log; once more when it is asked for meanwhile. */
  ask(stream?: string): void;
  stop(): void;
}

/** What one request may ask for; the server takes a few more. */
const roomsARequest = 1_000;
/** Between two requests to one stream: reading the ends of a thousand rooms keeps it from storing for a while. */
const restMs = { firstMs: 50, maxMs: 50 };
const retryPace = { firstMs: 200, maxMs: 3_000 };

/** Finds the events that were lost on the live way with nothing behind them that would show it. */
export function createSweep(deps: {
  hub: Pick<RoomHub, 'followed' | 'compared'>;
  log: Pick<RoomLog, 'heads'>;
  streams: Pick<LogStreams, 'names'>;
}): Sweep {
  const { hub, log, streams } = deps;
  const stopped = new AbortController();
  /** By stream: one that is away keeps no other one waiting. */
  const running = new Set<string>();
  const next = new Map<string, readonly RoomId[]>();

  const compare = async (rooms: readonly RoomId[]): Promise<void> => {
    for (let attempt = 0; !stopped.signal.aborted; attempt++) {
      try {
        const askedAt = steadyClock.now();
        const heads = await log.heads(rooms);
        for (const room of rooms) hub.compared(room, heads.get(room) ?? 0, askedAt, 'any');
        return;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        await sleep(backoffMs(attempt, retryPace), stopped.signal);
      }
    }
  };

  /** One request in flight a stream. */
  const sweepStream = async (rooms: readonly RoomId[]): Promise<void> => {
    for (let at = 0; at < rooms.length && !stopped.signal.aborted; at += roomsARequest) {
      await compare(rooms.slice(at, at + roomsARequest));
      await sleep(backoffMs(0, restMs), stopped.signal);
    }
  };

  const run = async (stream: string): Promise<void> => {
    running.add(stream);
    for (let rooms = next.get(stream); rooms !== undefined && !stopped.signal.aborted; rooms = next.get(stream)) {
      next.delete(stream);
      await sweepStream(rooms);
    }
    running.delete(stream);
  };

  return {
    ask: (only) => {
      for (const [stream, rooms] of byStream(hub.followed(), streams.names.length)) {
        if (only !== undefined && only !== stream) continue;
        next.set(stream, rooms);
        if (!running.has(stream)) void run(stream);
      }
    },
    stop: () => stopped.abort(),
  };
}
