import type { Bus } from '@gapless/shared/bus';
import { type Clock, steadyClock } from '@gapless/shared/runtime';
import type { LoadGate } from './load-gate.ts';

export interface BusDelay {
  /** All that the server had for this edge at that time was taken in, by the steady clock. */
  heardUpTo(): number;
  start(): void;
  stop(): void;
}

const pingMs = 50;
/** Ten seconds of questions: then the connection is given up by itself. */
const mostUnderWay = 200;

/**
 * Tells the gate how late the bus answers, and what waits before it. An answer comes behind the events that wait on the connection, whatever the log takes
 * to store one. Asked all the time, not one after the other: behind a pause the newest question was hardly asked.
 */
export function watchBus(
  bus: Pick<Bus, 'ping' | 'takeMeanWait'>,
  gate: Pick<LoadGate, 'answered' | 'waited'>,
  clock: Clock = steadyClock,
): BusDelay {
  let timer: NodeJS.Timeout | undefined;
  let underWay = 0;
  /** What the way there and back takes; a new connection may lead elsewhere. */
  let wayMs = Number.POSITIVE_INFINITY;
  let heardUpTo = Number.NEGATIVE_INFINITY;

  const ask = async (): Promise<void> => {
    const waitMs = bus.takeMeanWait();
    if (waitMs !== undefined) gate.waited(waitMs);
    if (underWay >= mostUnderWay) return;
    const asked = clock.now();
    underWay++;
    try {
      await bus.ping();
      heardUpTo = Math.max(heardUpTo, asked);
      const tookMs = clock.now() - asked;
      wayMs = Math.min(wayMs, tookMs);
      gate.answered(tookMs - wayMs);
    } catch {
      wayMs = Number.POSITIVE_INFINITY;
    } finally {
      underWay--;
    }
  };

  return {
    heardUpTo: () => heardUpTo,
    start: () => {
      timer = setInterval(() => void ask(), pingMs);
    },
    stop: () => clearInterval(timer),
  };
}
