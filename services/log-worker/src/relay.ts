import { Failure } from '@gapless/shared/errors';
import type { Dispatcher, Outbox } from '@gapless/shared/outbox';
import { backoffMs, type Logger, sleep } from '@gapless/shared/runtime';

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

export function createRelay(deps: {
  outbox: Pick<Outbox, 'leftBehind' | 'oldestAgeMs'>;
  dispatcher: Pick<Dispatcher, 'dispatch'>;
  relayAgeMs: number;
  logger: Logger;
}): Relay {
  const { outbox, dispatcher, relayAgeMs, logger } = deps;
  let oldestMs = 0;

  /** How many rooms could not be dispatched. */
  async function round(signal: AbortSignal): Promise<number> {
    oldestMs = await outbox.oldestAgeMs();
    const rooms = await outbox.leftBehind(relayAgeMs, roomsARound);
    let failed = 0;
    const dispatchSome = async () => {
      for (let room = rooms.shift(); room !== undefined && !signal.aborted; room = rooms.shift()) {
        try {
          await dispatcher.dispatch(room);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          failed++;
          logger.warn({ err: error, room }, 'changes of a room not carried out yet');
        }
      }
    };
    await Promise.all(Array.from({ length: roomsAtOnce }, dispatchSome));
    return failed;
  }

  return {
    async run(signal) {
      for (let attempt = 0; !signal.aborted; ) {
        try {
          attempt = (await round(signal)) === 0 ? 0 : attempt + 1;
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          attempt++;
          logger.warn({ err: error }, 'outbox not read now');
        }
        await sleep(backoffMs(attempt, { firstMs: relayAgeMs / 2, maxMs: maxPauseMs }), signal);
      }
    },
    oldestMs: () => oldestMs,
  };
}
