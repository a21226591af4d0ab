import type { Commands, StoredOnce } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { type Limits, refuseUnfitBody } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import type { NewBody, RoomId, UserId } from '@gapless/shared/schema';
import { ChangeOrder } from '../change-order.ts';
import type { RateLimiter } from '../rate-limiter.ts';
import type { Handler } from './operation.ts';

export interface WhisperDeps {
  readonly commands: Pick<Commands, 'change'>;
  readonly userSends: RateLimiter<UserId>;
  readonly limits: Limits;
  readonly clock: Clock;
}

/** Stored by the api, which finds or makes the direct room; what one user whispers to another keeps its order. */
export function createWhisper({ commands, userSends, limits, clock }: WhisperDeps): Handler<'whisper'> {
  const order = new ChangeOrder(clock);
  return async (session, { i, to, c: clientId, b: body, r: whisperedIn }) => {
    refuseUnfitBody(body, limits.text);
    const { user } = session;
    const retryMs = userSends.take(user, clock.now());
    if (retryMs > 0) throw new Failure('rate_limited', { retryMs });
    const asked = {
      user,
      to,
      clientId,
      body: asAsked(body),
      ...(whisperedIn === undefined ? {} : { in: whisperedIn }),
    };
    const stored = await order.follow(`${to}:${user}`, () => commands.change('messages.whisper', asked));
    const { room, ...message } = stored as StoredOnce & { readonly room: RoomId };
    session.stored(i, message, room);
  };
}

/** Of all that a client sent what it may say. */
const asAsked = ({ text, custom, quote, files }: NewBody): NewBody => ({
  text,
  ...(custom === undefined ? {} : { custom }),
  ...(quote === undefined ? {} : { quote }),
  ...(files === undefined ? {} : { files }),
});
