import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import type { RateLimiter } from '../rate-limiter.ts';
import type { WatchedPresence } from '../watched-presence.ts';
import type { Handler } from './operation.ts';

export interface WatchDeps {
  readonly watchedPresence: Pick<WatchedPresence, 'watch' | 'unwatch'>;
  readonly userSends: RateLimiter<UserId>;
  readonly clock: Clock;
}

export function createWatch({ watchedPresence, userSends, clock }: WatchDeps): Handler<'watch'> {
  return async (session, { i, us }) => {
    const retryMs = userSends.take(session.user, clock.now());
    if (retryMs > 0) throw new Failure('rate_limited', { retryMs });
    await watchedPresence.watch(session, us);
    session.ok(i);
  };
}

export function createUnwatch({ watchedPresence }: Pick<WatchDeps, 'watchedPresence'>): Handler<'unwatch'> {
  return (session, { i, us }) => {
    watchedPresence.unwatch(session, us);
    session.ok(i);
  };
}
