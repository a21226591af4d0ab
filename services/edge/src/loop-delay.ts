import { type Clock, steadyClock } from '@gapless/shared/runtime';
import { type LoadGate, windowMs } from './load-gate.ts';

export interface LoopDelay {
  start(): void;
  stop(): void;
}

const tickMs = 25;
/** A window with fewer says nothing: a single pause would be all of it. It goes on until they came, however long turns are. */
const leastTurns = 2;

/** Tells the gate how late the event loop comes to a timer: as long as a turn is, whatever came in it has waited. */
export function watchLoop(gate: Pick<LoadGate, 'turned' | 'look'>, clock: Clock = steadyClock): LoopDelay {
  let timer: NodeJS.Timeout | undefined;
  let last = 0;
  let [lookAt, turns] = [0, 0];

  const tick = (): void => {
    const now = clock.now();
    gate.turned(Math.max(0, now - last - tickMs));
    last = now;
    if (++turns < leastTurns || now < lookAt) return;
    [lookAt, turns] = [now + windowMs, 0];
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
