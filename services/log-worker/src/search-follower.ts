import type { LoggedEvent, LogStreams, StreamFollowing } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { backoffMs, type Logger, sleep } from '@gapless/shared/runtime';
import type { EventRow } from '@gapless/shared/schema';
import { createConsume } from './consume.ts';
import { readEvent } from './row.ts';
import type { SearchProjection } from './search-projection.ts';
import { Deposed, SetBack, type StreamLease } from './stream-lease.ts';
import type { StreamMemory } from './stream-memory.ts';

/**
 * Projects for search what is in MongoDB, behind the watermark and by a mark of its own, so that a writer never waits for it.
 * Whoever holds the lease of a stream follows it, and goes on where the last one ended.
 */
export interface SearchFollower {
  /** Until `signal` aborts, or somebody else has the stream. */
  follow(lease: SearchedLease, signal: AbortSignal): Promise<void>;
  /** Of each stream that is followed here: numbers that are in MongoDB and not projected. */
  lags(): readonly (readonly [stream: string, events: number])[];
  /** Numbers that had left the log before they were projected: a rebuild is due. */
  missed(): readonly (readonly [stream: string, events: number])[];
}

type SearchedLease = Pick<StreamLease, 'stream' | 'searched' | 'moveSearched'>;

export interface SearchFollowerDeps {
  readonly streams: Pick<LogStreams, 'follow'>;
  readonly projection: SearchProjection;
  readonly memoryOf: (stream: string) => Pick<StreamMemory, 'seen' | 'durable'>;
  readonly logger: Logger;
  readonly batchEvents?: number;
}

const pace = { firstMs: 100, maxMs: 5_000 };
const lookMs = 20;
const batchWaitMs = 100;
/** What comes at once is written room by room: the more of a room, the more of its grams stand beside each other in the index. */
const eventsAtOnce = 4_000;
/** Bounds what is held as grams. */
const rowsAtOnce = 1_000;
/** A writer that is so far behind the log's end has the store to itself for a while, between two writes. */
const busyEvents = 2_000;
const restMs = 2_000;

export function createSearchFollower(deps: SearchFollowerDeps): SearchFollower {
  const { streams, projection, memoryOf, batchEvents = eventsAtOnce } = deps;
  const logger = deps.logger.child({ of: 'search' });
  const marks = new Map<string, number>();
  const missed = new Map<string, number>();

  async function project(lease: SearchedLease, signal: AbortSignal): Promise<void> {
    const { stream } = lease;
    const memory = memoryOf(stream);
    let mark = await lease.searched();
    marks.set(stream, mark);
    /** Of the batch under way what is not written yet: tried again, it goes on there. */
    let batch: readonly LoggedEvent[] = [];
    let left = batch;
    const consume = createConsume({
      streams: {
        follow: async (_, options) =>
          written(await streams.follow(stream, options), {
            ...{ from: options.from, memory },
            jumped: (from, to) => lookForMissed(lease, from, to),
          }),
      },
      prepare: projection.prepare,
      async write(_, events) {
        if (batch !== events) [batch, left] = [events, byRoom(events)];
        while (left.length > 0) {
          if (memory.seen - memory.durable > busyEvents)
            await sleep(backoffMs(0, { firstMs: restMs, maxMs: restMs }), signal);
          if (signal.aborted) throw new Failure('store_unavailable', { detail: 'search goes on with the next writer' });
          await projection.note(left.slice(0, rowsAtOnce).flatMap(rowOf));
          left = left.slice(rowsAtOnce);
        }
        return { rows: events.length, duplicates: 0, letters: [] };
      },
      settings: { writeLanes: 1, batchEvents, batchWaitMs },
      persisted: (_, seq) => marks.set(stream, seq),
      metrics: { wrote: () => undefined, holding: () => undefined },
      logger,
    });
    const advance = async (to: number) => {
      await lease.moveSearched(mark, to);
      mark = to;
    };
    await consume({ stream, advance }, { from: mark + 1 }, signal);
  }

  async function lookForMissed({ stream, searched }: SearchedLease, from: number, to: number): Promise<void> {
    // Numbers that were never given are below the mark by now.
    if ((await searched()) >= to) return;
    await projection.noteMissed();
    missed.set(stream, (missed.get(stream) ?? 0) + to - from + 1);
    logger.error({ stream, from, to }, 'the log was trimmed before search came there: run `npm run rebuild-search`');
  }

  return {
    async follow(lease, signal) {
      const { stream } = lease;
      for (let attempt = 0; !signal.aborted; attempt++) {
        try {
          await project(lease, signal);
        } catch (error) {
          if (error instanceof Deposed) break;
          if (!(error instanceof SetBack || error instanceof Failure)) throw error;
          logger.warn({ err: error, stream, attempt }, 'search does not follow the stream now');
          await sleep(backoffMs(attempt, pace), signal);
        }
      }
      marks.delete(stream);
    },
    lags: () => [...marks].map(([stream, mark]) => [stream, Math.max(0, memoryOf(stream).durable - mark)]),
    missed: () => [...missed],
  };
}

function rowOf(event: LoggedEvent): EventRow[] {
  const read = readEvent(event);
  return 'row' in read ? [read.row] : [];
}

const byRoom = (events: readonly LoggedEvent[]): LoggedEvent[] =>
  events.toSorted((a, b) => compare(a.room, b.room) || a.seq - b.seq);

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

interface Behind {
  readonly from: number;
  readonly memory: Pick<StreamMemory, 'durable'>;
  /** Hears of numbers that were expected and are not in the log. */
  readonly jumped: (from: number, to: number) => Promise<void>;
}

/** Hands an event out when it is in MongoDB. */
function written(following: StreamFollowing, { from, memory, jumped }: Behind): StreamFollowing {
  const stopped = new AbortController();
  const { signal } = stopped;
  return {
    stop() {
      stopped.abort();
      following.stop();
    },
    async *[Symbol.asyncIterator]() {
      let next = from;
      for await (const event of following) {
        while (memory.durable < event.seq && !signal.aborted) {
          await sleep(backoffMs(0, { firstMs: lookMs, maxMs: lookMs }), signal);
        }
        if (signal.aborted) return;
        if (event.seq > next) await jumped(next, event.seq - 1);
        next = event.seq + 1;
        yield event;
      }
    },
  };
}
