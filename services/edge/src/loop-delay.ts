import { type Clock, steadyClock } from '@gapless/shared/runtime';
import { type LoadGate, windowMs } from './load-gate.ts';

export interface LoopDelay {
  start(): void;
  stop(): void;
}

const tickMs = 25;

/** Tells the gate how late the event loop comes to a timer: as long as a turn is, whatever came in it has waited. */
export function watchLoop(gate: Pick<LoadGate, 'turned' | 'look'>, clock: Clock = steadyClock): LoopDelay {
  let timer: NodeJS.Timeout | undefined;
  let last = 0;
  let lookAt = 0;

  const tick = (): void => {
    const now = clock.now();
    gate.turned(Math.max(0, now - last - tickMs));
    last = now;
    if (now < lookAt) return;
    lookAt = now + windowMs;
    gate.look();
  };

  return {
    start: () => {
      last = clock.now();
      lookAt = last + windowMs;
      timer = setInterval(tick, tickMs);
    },
    stop: () => clearInterval(timer),
  };
}
