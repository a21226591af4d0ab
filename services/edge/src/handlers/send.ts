import { Failure } from '@gapless/shared/errors';
import { type Limits, refuseUnfitText } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import { LaneOrder } from '../lane-order.ts';
import type { MessageLog } from '../message-log.ts';
import type { EdgeMetrics } from '../metrics.ts';
import type { RateLimiter } from '../rate-limiter.ts';
import type { SlowMode } from '../slow-mode.ts';
import type { WriteGate } from '../write-gate.ts';
import type { Handler } from './operation.ts';

export interface SendDeps {
  readonly gate: WriteGate;
  readonly slowMode: SlowMode;
  readonly messages: MessageLog;
  readonly userSends: RateLimiter<UserId>;
  readonly limits: Limits;
  readonly metrics: Pick<EdgeMetrics, 'sendSeconds'>;
  readonly clock: Clock;
}

export function createSend(deps: SendDeps): Handler<'send'> {
  const { gate, slowMode, messages, userSends, limits, metrics, clock } = deps;
  const order = new LaneOrder();
  return async (session, { i, r: room, c: clientId, b: { text }, re: thread }) => {
    refuseUnfitText(text, limits.text);
    const { user } = session;
    const began = clock.now();
    const retryMs = userSends.take(user, began);
    if (retryMs > 0) throw new Failure('rate_limited', { retryMs });

    // Who had to be asked about must not be overtaken by what he sent when the answer was known.
    await order.keep(`${room}:${user}`, gate.ready(user, room));
    // What is known behind the wait counts.
    gate.check(user, room, 'add');
    const seconds = gate.slowSeconds(user, room);
    if (seconds > 0) {
      await slowMode.pass({ user, room, clientId, seconds });
      gate.check(user, room, 'add');
    }

    session.stored(i, await messages.store({ room, user, clientId, body: { text }, thread }));
    metrics.sendSeconds.observe((clock.now() - began) / 1000);
  };
}
