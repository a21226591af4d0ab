import { Failure } from '@gapless/shared/errors';
import type { Dispatcher, Outbox } from '@gapless/shared/outbox';
import { backoffMs, type Logger, sleep, steadyClock } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';

/** Carries out the changes whose maker died or could not reach the log. Several relays do not disturb each other. */
export interface Relay {
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Age of the oldest change that waits, as last read. */
  oldestMs(): number;
}

const roomsAtOnce = 4;
const roomsARound = 200;
const maxPauseMs = 30_000;
/** Rooms that could not be dispatched and are left out for a while, so that the others have their turn. */
const maxResting = 2_000;

interface Resting {
  readonly until: number;
  readonly tries: number;
}

export function createRelay(deps: {
  outbox: Pick<Outbox, 'leftBehind' | 'oldestAgeMs'>;
  dispatcher: Pick<Dispatcher, 'dispatch'>;
  relayAgeMs: number;
  logger: Logger;
}): Relay {
  const { outbox, dispatcher, relayAgeMs, logger } = deps;
  const pace = { firstMs: relayAgeMs / 2, maxMs: maxPauseMs };
  const resting = new Map<RoomId, Resting>();
  let oldestMs = 0;

  function rest(room: RoomId): void {
    const tries = resting.get(room)?.tries ?? 0;
    resting.delete(room);
    resting.set(room, { until: steadyClock.now() + backoffMs(tries, pace), tries: tries + 1 });
    for (const oldest of resting.keys()) {
      if (resting.size <= maxResting) break;
      resting.delete(oldest);
    }
  }

  function stillResting(): RoomId[] {
    const now = steadyClock.now();
    return [...resting].flatMap(([room, { until }]) => (until > now ? [room] : []));
  }

  async function round(signal: AbortSignal): Promise<void> {
    oldestMs = await outbox.oldestAgeMs();
    const rooms = await outbox.leftBehind({ olderThanMs: relayAgeMs, limit: roomsARound, except: stillResting() });
    const dispatchSome = async () => {
      for (let room = rooms.shift(); room !== undefined && !signal.aborted; room = rooms.shift()) {
        try {
          await dispatcher.dispatch(room);
          resting.delete(room);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          if (!resting.has(room)) logger.warn({ err: error, room }, 'changes of a room not carried out yet');
          rest(room);
        }
      }
    };
    await Promise.all(Array.from({ length: roomsAtOnce }, dispatchSome));
  }

  return {
    async run(signal) {
      for (let attempt = 0; !signal.aborted; ) {
        try {
          await round(signal);
          attempt = 0;
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          attempt++;
          logger.warn({ err: error }, 'outbox not read now');
        }
        await sleep(backoffMs(attempt, pace), signal);
      }
    },
    oldestMs: () => oldestMs,
  };
}
