import type { Commands } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { type CallName, needCall } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import type { RateLimiter } from '../rate-limiter.ts';
import type { Revoked } from '../revoked.ts';
import type { Handler } from './operation.ts';

export interface CallDeps {
  readonly commands: Pick<Commands, 'change'>;
  readonly userSends: RateLimiter<UserId>;
  readonly revoked: Pick<Revoked, 'answerFirst'>;
  readonly clock: Clock;
}

const endsOwnSession: CallName = 'sessions.close';

/** Carried out by the api, which checks the right; who asks this edge knows by his session. */
export function createCall({ commands, userSends, revoked, clock }: CallDeps): Handler<'call'> {
  return async (session, { i, m, p = {} }) => {
    const name = needCall(m, p);
    const { user, sid } = session;
    const retryMs = userSends.take(user, clock.now());
    if (retryMs > 0) throw new Failure('rate_limited', { retryMs });
    const answer = async (): Promise<void> => {
      const result = await commands.change(name, { u: user, sid, p });
      session.ok(i, typeof result === 'object' && result !== null ? { res: result } : {});
    };
    // Any other command may hang: nobody who is revoked is served meanwhile.
    await (name === endsOwnSession ? revoked.answerFirst(session, answer) : answer());
  };
}
