import type { Clock } from '@gapless/shared/runtime';
import type { Session } from './session.ts';

export interface Watchdog {
  start(): void;
  stop(): void;
}

const intervalMs = 250;

/** Closes what must not stay: no `hello` in time, a token that ended; and looks who reads too slowly. */
export function createWatchdog(deps: {
  sessions: () => Iterable<Session>;
  slow: (session: Session) => void;
  clock: Clock;
  /** Done at each round. */
  prune: (now: number) => void;
}): Watchdog {
  const { sessions, slow, clock, prune } = deps;
  let timer: NodeJS.Timeout | undefined;

  const look = (): void => {
    const now = clock.now();
    for (const session of sessions()) {
      const reason = session.overdue(now);
      if (reason === undefined) slow(session);
      else session.close(reason);
    }
    prune(now);
  };

  return {
    start: () => {
      timer = setInterval(look, intervalMs);
    },
    stop: () => clearInterval(timer),
  };
}
