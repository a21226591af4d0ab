import { randomUUID } from 'node:crypto';
import {
  type HeadsChannel,
  type LogStreams,
  type StreamFollowing,
  type StreamState,
  unwrittenBytes,
} from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { backoffMs, type Clock, type Logger, retryUntil, sleep, steadyClock } from '@gapless/shared/runtime';
import { createQuietRooms, type RoomHead } from './quiet-rooms.ts';
import type { StreamMemory } from './stream-memory.ts';

/**
 * Announces where a stream stands and which of its rooms just went quiet, by a follower of its own that needs no MongoDB.
 * Every worker does, lease or not: to hear it twice does no harm.
 */
export interface HeadsAnnouncer {
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** What is in the log and not known to be in MongoDB. */
  lag(): Lag;
}

export interface Lag {
  readonly stream: string;
  readonly events: number;
  /** About. */
  readonly bytes: number;
  /** Age of the oldest of them. */
  readonly oldestMs: number;
}

export interface HeadsDeps {
  readonly stream: string;
  readonly streams: Pick<LogStreams, 'state' | 'follow' | 'storedAt'>;
  readonly channel: Pick<HeadsChannel, 'publish'>;
  readonly memory: StreamMemory;
  readonly intervalMs: number;
  /** Hears every state, with the highest number that was known before it was asked for. */
  readonly observed: (state: StreamState | undefined, seenBefore: number) => void;
  /** For the age of what is in the log, which is a date. */
  readonly clock: Clock;
  readonly logger: Logger;
}

const roomsAMessage = 500;
/** Of the time between two announcements. */
const quietShare = 0.4;
const pace = { firstMs: 100, maxMs: 2_000 };

export function createHeadsAnnouncer(deps: HeadsDeps): HeadsAnnouncer {
  const { stream, streams, channel, memory, intervalMs, observed, clock, logger } = deps;
  const quiet = createQuietRooms();
  /** Another one as often as it begins anew: edges compare what it may not know. */
  let by = randomUUID();
  let following: StreamFollowing | undefined;
  let followed: string | undefined;
  /** Every event up to here was noted, or was there before this began to follow. */
  let noted = 0;
  let state: StreamState | undefined;
  let oldestAt: number | undefined;

  async function follow(signal: AbortSignal): Promise<void> {
    const state = await streams.state(stream);
    if (signal.aborted) return;
    if (state === undefined) throw new Failure('log_unavailable', { detail: `${stream} is not there` });
    // The first time from its end; later from where it stopped: numbers only grow, on whatever stream.
    if (followed === undefined) {
      memory.see(state.last);
      noted = state.last;
    }
    followed = state.created;
    following = await streams.follow(stream, { from: noted + 1, headersOnly: true });
    if (signal.aborted) following.stop();
    for await (const { room, seq } of following) {
      memory.see(seq);
      quiet.note(room, seq);
      noted = seq;
    }
  }

  async function followAlways(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => following?.stop(), { once: true });
    while (!signal.aborted) {
      await retryUntil(() => follow(signal), {
        ...pace,
        signal,
        failed: (error, attempt) => {
          if (!(error instanceof Failure)) throw error;
          if (attempt === 0) logger.warn({ err: error, stream }, 'heads: cannot follow the stream now');
        },
      });
      await sleep(backoffMs(0, pace), signal);
    }
  }

  async function announce(signal: AbortSignal): Promise<void> {
    const askedAt = steadyClock.now();
    const seenBefore = memory.seen;
    state = await streams.state(stream);
    observed(state, seenBefore);
    if (state === undefined) return;
    if (followed !== undefined && followed !== state.created) following?.stop();
    const { created, first, last, bytes, maxBytes: max } = state;
    // A room that has an event in this time is not quiet: that one shows what was lost before it.
    await sleep(intervalMs * quietShare, signal);
    if (signal.aborted) return;
    const rooms = quiet.take(last);
    const isFollowed = followed === created;
    const wasTrimmed = isFollowed && noted < first - 1;
    if (wasTrimmed) noted = first - 1;
    if (quiet.forgot() || wasTrimmed) by = randomUUID();
    const numbers = { stream, created, by, first, last, durable: memory.durable, bytes, max };
    const parts = chunks(rooms);
    const age = isFollowed && noted >= last ? { age: Math.ceil(steadyClock.now() - askedAt) } : {};
    for (const [n, w] of parts.entries()) channel.publish({ ...numbers, ...(n === parts.length - 1 && age), w });
    oldestAt = await oldestUnwritten(last);
  }

  async function oldestUnwritten(last: number): Promise<number | undefined> {
    const next = memory.durable + 1;
    return next > last ? undefined : (await streams.storedAt(stream, next))?.getTime();
  }

  async function announceAlways(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const next = sleep(intervalMs, signal);
      try {
        await announce(signal);
        failures = 0;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (failures++ === 0) logger.warn({ err: error, stream }, 'heads: not announced now');
      }
      await next;
    }
  }

  return {
    run: async (signal) => void (await Promise.all([followAlways(signal), announceAlways(signal)])),
    lag: () => ({
      stream,
      events: Math.max(0, Math.max(state?.last ?? 0, memory.seen) - memory.durable),
      bytes: state === undefined ? 0 : unwrittenBytes(state, memory.durable),
      oldestMs: oldestAt === undefined ? 0 : Math.max(0, clock.now() - oldestAt),
    }),
  };
}

/** At least one, so that an idle stream is heard of. */
function chunks(heads: readonly RoomHead[]): RoomHead[][] {
  const parts: RoomHead[][] = [];
  for (let from = 0; from < heads.length || from === 0; from += roomsAMessage) {
    parts.push(heads.slice(from, from + roomsAMessage));
  }
  return parts;
}
