import type { Signals } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { encodeFrame } from '@gapless/shared/protocol';
import { type Logger, sleep } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';
import { Bell } from './bell.ts';

/** How many members but its author have received and read the newest message of a crowd. */
export interface CrowdCount {
  readonly room: RoomId;
  readonly seq: number;
  readonly read: number;
  readonly received: number;
  readonly members: number;
}

export interface CrowdCounts {
  /** Of these rooms those whose members are not told of each other one by one, and in which somebody wrote. */
  crowdsAmong(rooms: readonly RoomId[]): Promise<readonly RoomId[]>;
  /** `undefined` when it is none any more. */
  count(room: RoomId): Promise<CrowdCount | undefined>;
}

/** Tells crowds how many have read, in place of who: behind MongoDB, by the one worker that writes marks. */
export interface CrowdReceipts {
  /** Marks of these rooms were raised. */
  raised(rooms: Iterable<RoomId>): void;
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Of one crowd something is said at most that often. */
const pauseMs = 2_000;
/** Counting takes at most a fifth of the time. */
const restFactor = 4;
/** More rooms than anybody counts in a while: what is left out comes with the next mark. */
const maxWaiting = 10_000;
const roomsAtOnce = 500;

export function createCrowdReceipts(deps: {
  counts: CrowdCounts;
  signals: Pick<Signals, 'toRoom'>;
  logger: Logger;
}): CrowdReceipts {
  const { counts, signals, logger } = deps;
  const waiting = new Set<RoomId>();
  const bell = new Bell();

  const tell = ({ room, seq: s, read: n, received: d, members: of }: CrowdCount): void =>
    signals.toRoom(room, Buffer.from(encodeFrame({ t: 'rcpt', r: room, w: [], s, n, d, of })));

  async function round(signal: AbortSignal): Promise<void> {
    const rooms = [...waiting].slice(0, roomsAtOnce);
    for (const room of rooms) waiting.delete(room);
    for (const room of await counts.crowdsAmong(rooms)) {
      if (signal.aborted) return;
      const began = performance.now();
      const counted = await counts.count(room);
      if (counted !== undefined) tell(counted);
      await sleep((performance.now() - began) * restFactor, signal);
    }
  }

  return {
    raised: (rooms) => {
      for (const room of rooms) if (waiting.size < maxWaiting) waiting.add(room);
      bell.ring();
    },
    run: async (signal) => {
      signal.addEventListener('abort', () => bell.ring(), { once: true });
      while (!signal.aborted) {
        if (waiting.size === 0) {
          await bell.wait();
          continue;
        }
        try {
          await round(signal);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          logger.warn({ err: error }, 'receipts of crowds not counted now');
        }
        await sleep(pauseMs, signal);
      }
    },
  };
}
