import { Failure } from '@gapless/shared/errors';
import { type Clock, type Logger, systemClock } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import type { AccountStore } from './domain/accounts/account-store.ts';

/** Writes down when users went, many at once. */
export interface LastSeen {
  left(user: UserId): void;
  stop(): void;
}

const flushMs = 5_000;
/** While the store is away no more than that is remembered. */
const mayWait = 50_000;
const usersAtOnce = 1_000;

export function createLastSeen(deps: {
  accounts: Pick<AccountStore, 'noteSeen'>;
  logger: Logger;
  clock?: Clock;
}): LastSeen {
  const { accounts, logger, clock = systemClock } = deps;
  const waiting = new Map<UserId, Date>();
  let flushing = false;

  const flush = async (): Promise<void> => {
    if (flushing) return;
    flushing = true;
    try {
      while (waiting.size > 0) {
        const some = new Map([...waiting].slice(0, usersAtOnce));
        await accounts.noteSeen(some);
        for (const [user, at] of some) if (waiting.get(user) === at) waiting.delete(user);
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      logger.warn({ users: waiting.size }, 'who was last seen is not written yet');
    } finally {
      flushing = false;
    }
  };

  const timer = setInterval(() => void flush(), flushMs).unref();
  return {
    left: (user) => {
      if (waiting.size < mayWait || waiting.has(user)) waiting.set(user, new Date(clock.now()));
    },
    stop: () => clearInterval(timer),
  };
}
