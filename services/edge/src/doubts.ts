import { type Heads, type LogStreams, streamOf } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { backoffMs, type Clock, sleep } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';
import type { LeaderEnds } from './leader-ends.ts';
import type { RoomHub } from './room-hub.ts';

/**
 * Whether what this edge keeps of its rooms can be shown to somebody who was away. What was lost on the live way may be the
 * deletion of a message whose text is kept: a room in doubt is replayed behind a comparison with the log's leader only, for one
 * of its followers may lack that deletion as well. Who may do what is believed behind any comparison: it is told by buckets.
 */
export interface Doubts {
  /** Whether the room may have an event, not from just now, that did not go out here. */
  about(room: RoomId): boolean;
  /** Whether live events of the room may have been lost since it was last compared. */
  mayLack(room: RoomId): boolean;
  /** Resolves when all went out here that the log held when the doubt about the room began; rejects with `log_unavailable`. */
  settle(room: RoomId): Promise<void>;
  /** Heads came. `true`: behind such a silence that all rooms of the stream are in doubt, until they are compared. */
  heard(heads: Pick<Heads, 'stream' | 'age'>): boolean;
  /** Live events may have been lost, of whatever room of the stream, or of all. */
  begin(stream?: string): void;
}

/**
 * Heads come twice a second, by the same connection as live events. When they stay away for so long, that connection is dead,
 * or nobody is there to say where quiet rooms ended, or this process stood still: some of them may have been lost.
 */
const silenceMs = 1_000;
/** What was stored longer ago is known here, or the log is asked. */
const knownWithinMs = 1_000;
const patienceMs = 3_000;
const lookPace = { firstMs: 5, maxMs: 100 };

export function createDoubts(deps: {
  hub: Pick<RoomHub, 'cursor' | 'told' | 'comparedAt'>;
  ends: LeaderEnds;
  streams: Pick<LogStreams, 'names'>;
  /** All that the bus had for this edge at that time was taken in. */
  heardUpTo: () => number;
  clock: Clock;
}): Doubts {
  const { hub, ends, streams, heardUpTo, clock } = deps;
  const heardAt = new Map(streams.names.map((stream) => [stream, clock.now()]));
  /** What was stored before then came live, or was told of by heads. */
  const knownUpTo = new Map(heardAt);
  const doubtedAt = new Map<string, number>();

  const streamOfRoom = (room: RoomId): string => streamOf(room, streams.names.length);
  const isKnown = (stream: string, now: number): boolean => now - (knownUpTo.get(stream) ?? -Infinity) <= knownWithinMs;
  const isBehindDoubt = (stream: string, at: number): boolean => at >= (doubtedAt.get(stream) ?? 0);

  /** Whether a comparison from then is good for a replay now. */
  const isRecent = (stream: string, at: number): boolean => {
    const now = clock.now();
    return isBehindDoubt(stream, at) && (isKnown(stream, now) || now - at <= knownWithinMs);
  };

  const isUncompared = (room: RoomId): boolean => !isRecent(streamOfRoom(room), hub.comparedAt(room, 'leader'));

  return {
    mayLack: (room) => !isBehindDoubt(streamOfRoom(room), hub.comparedAt(room, 'any')),
    about: (room) => isUncompared(room) || hub.told(room) > hub.cursor(room),
    settle: async (room) => {
      const stream = streamOfRoom(room);
      if (isUncompared(room)) await ends.compare(room, (at) => isRecent(stream, at));
      const told = hub.told(room);
      const end = clock.now() + patienceMs;
      for (let looks = 0; hub.cursor(room) < told; looks++) {
        if (clock.now() > end) throw new Failure('log_unavailable');
        await sleep(backoffMs(looks, lookPace));
      }
    },
    heard: ({ stream, age }) => {
      const before = heardAt.get(stream);
      if (before === undefined) return false;
      const now = clock.now();
      const wasSilent = now - before > silenceMs;
      // What came at last may have waited as long in this process, with the end of the connection behind it.
      if (wasSilent) doubtedAt.set(stream, now);
      heardAt.set(stream, now);
      // However late they come, they were not said before the server had sent all that was heard by then.
      if (age !== undefined) knownUpTo.set(stream, Math.max(knownUpTo.get(stream) ?? 0, heardUpTo() - age));
      return wasSilent;
    },
    begin: (only) => {
      const now = clock.now();
      for (const stream of only === undefined ? streams.names : [only]) doubtedAt.set(stream, now);
    },
  };
}
