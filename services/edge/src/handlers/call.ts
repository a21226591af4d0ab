import type { Commands } from '@gapless/shared/bus';
import { type Callable, callSubject, contractOf, fits, isCallable } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import type { RateLimiter } from '../rate-limiter.ts';
import type { Revoked } from '../revoked.ts';
import type { Handler } from './operation.ts';

export interface CallDeps {
  readonly commands: Pick<Commands, 'call' | 'change'>;
  readonly userSends: RateLimiter<UserId>;
  readonly revoked: Pick<Revoked, 'answerFirst'>;
  readonly clock: Clock;
}

const endsOwnSession: Callable = 'sessions.close';

/** Carried out by the api, which checks the right; who asks this edge knows by his session. */
export function createCall({ commands, userSends, revoked, clock }: CallDeps): Handler<'call'> {
  return async (session, { i, m, p = {} }) => {
    if (!isCallable(m)) throw new Failure('route_not_found', { detail: 'No such command' });
    if (!fits(m, p)) throw new Failure('invalid_request', { detail: `Not the parameters of ${m}` });
    const { user, sid } = session;
    const retryMs = userSends.take(user, clock.now());
    if (retryMs > 0) throw new Failure('rate_limited', { retryMs });
    const answer = async (): Promise<void> => {
      const ask = contractOf(m).method === 'GET' ? commands.call : commands.change;
      const result = await ask(callSubject(m), { u: user, sid, p });
      session.ok(i, typeof result === 'object' && result !== null ? { res: result } : {});
    };
    // Any other command may hang: nobody who is revoked is served meanwhile.
    await (m === endsOwnSession ? revoked.answerFirst(session, answer) : answer());
  };
}
