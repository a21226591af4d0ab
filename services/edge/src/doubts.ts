import { type LogStreams, streamOf } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { backoffMs, type Clock, sleep, withDeadline } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';
import type { RoomHeads } from './room-heads.ts';
import type { RoomHub } from './room-hub.ts';

/**
 * Whether what this edge keeps of its rooms can be shown to somebody who was away. What was lost on the live way may be the
 * deletion of a message whose text is kept: a room in doubt is replayed behind a comparison with the log only.
 */
export interface Doubts {
  /** Whether the room may have an event, not from just now, that did not go out here. */
  about(room: RoomId): boolean;
  /** Whether live events of the room may have been lost since it was last compared. */
  mayLack(room: RoomId): boolean;
  /** Resolves when all went out here that the log held of the room at this call; rejects with `log_unavailable`. */
  settle(room: RoomId): Promise<void>;
  /** The stream's heads came. `true`: behind such a silence that all its rooms are in doubt, until they are compared. */
  heard(stream: string): boolean;
  /** Live events may have been lost, of whatever room. */
  begin(): void;
}

/**
 * Heads come twice a second, by the same connection as live events. When they stay away for so long, that connection is dead,
 * or nobody is there to say where quiet rooms ended, or this process stood still.
 */
const silenceMs = 1_000;
const patienceMs = 3_000;
const lookPace = { firstMs: 5, maxMs: 100 };
/** A log that gave no answer is not asked again for so long: whoever comes is told at once. */
const failedMs = 1_000;

export function createDoubts(deps: {
  hub: Pick<RoomHub, 'cursor' | 'told' | 'compared' | 'comparedAt'>;
  heads: Pick<RoomHeads, 'newest'>;
  streams: Pick<LogStreams, 'names'>;
  clock: Clock;
}): Doubts {
  const { hub, heads, streams, clock } = deps;
  const heardAt = new Map(streams.names.map((stream) => [stream, clock.now()]));
  const doubtedAt = new Map<string, number>();
  let failedAt = -Infinity;

  const silentAt = (stream: string, now: number): boolean => now - (heardAt.get(stream) ?? -Infinity) > silenceMs;

  const mayLack = (room: RoomId): boolean =>
    hub.comparedAt(room) < (doubtedAt.get(streamOf(room, streams.names.length)) ?? -Infinity);

  /** Whether a comparison is needed, and none came back that is good for it. */
  const isUncompared = (room: RoomId): boolean => {
    const now = clock.now();
    const isSilent = silentAt(streamOf(room, streams.names.length), now);
    return mayLack(room) || (isSilent && now - hub.comparedAt(room) > silenceMs);
  };

  /** What everybody asks about at the same time is one request (`room-heads.ts`). */
  const compare = async (room: RoomId): Promise<void> => {
    const began = clock.now();
    if (began - failedAt < failedMs) throw new Failure('log_unavailable');
    try {
      const newest = await withDeadline('comparing a room with the log', patienceMs, heads.newest(room));
      hub.compared(room, newest ?? 0, began);
    } catch (cause) {
      failedAt = clock.now();
      throw cause instanceof Failure ? cause : new Failure('log_unavailable', { cause });
    }
  };

  return {
    mayLack,
    about: (room) => isUncompared(room) || hub.told(room) > hub.cursor(room),
    settle: async (room) => {
      const end = clock.now() + patienceMs;
      if (isUncompared(room)) await compare(room);
      const told = hub.told(room);
      for (let looks = 0; hub.cursor(room) < told; looks++) {
        if (clock.now() > end) throw new Failure('log_unavailable');
        await sleep(backoffMs(looks, lookPace));
      }
    },
    heard: (stream) => {
      if (!heardAt.has(stream)) return false;
      const now = clock.now();
      const wasSilent = silentAt(stream, now);
      // What came at last may have waited as long in this process, with the end of the connection behind it.
      if (wasSilent) doubtedAt.set(stream, now);
      heardAt.set(stream, now);
      return wasSilent;
    },
    begin: () => {
      const now = clock.now();
      for (const stream of streams.names) doubtedAt.set(stream, now);
    },
  };
}
