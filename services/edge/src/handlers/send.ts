import type { MessageLog } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { type ClientFrameOf, type Limits, refuseUnfitBody } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import { isVisible, newBody, type UserId, visibleRanges } from '@gapless/shared/schema';
import { LaneOrder } from '../lane-order.ts';
import type { EdgeMetrics } from '../metrics.ts';
import type { NamedMessages } from '../named-messages.ts';
import type { RateLimiter } from '../rate-limiter.ts';
import type { RoomAccessCache } from '../room-access.ts';
import type { SlowMode } from '../slow-mode.ts';
import type { WriteGate } from '../write-gate.ts';
import type { Handler } from './operation.ts';

export interface SendDeps {
  readonly access: Pick<RoomAccessCache, 'membership'>;
  readonly gate: WriteGate;
  readonly slowMode: SlowMode;
  readonly messages: MessageLog;
  readonly named: NamedMessages;
  readonly userSends: RateLimiter<UserId>;
  readonly limits: Limits;
  readonly metrics: Pick<EdgeMetrics, 'sendSeconds'>;
  readonly clock: Clock;
}

export function createSend(deps: SendDeps): Handler<'send'> {
  const { access, gate, slowMode, messages, named, userSends, limits, metrics, clock } = deps;
  const order = new LaneOrder();

  /** Sequence of the message that begins the thread, when every message that it names is one that its sender may see. */
  async function threadOf(user: UserId, ready: Promise<unknown> | undefined, frame: ClientFrameOf<'send'>) {
    await ready;
    gate.check(user, frame.r, 'add');
    const membership = access.membership(user, frame.r);
    if (membership === undefined) throw new Failure('not_member');
    const rootOf = (seq: number): Promise<number> => {
      if (isVisible(visibleRanges(membership), seq)) return named.rootOf(frame.r, seq);
      throw new Failure('not_found', { detail: 'No such message' });
    };
    if (frame.b.quote !== undefined) await rootOf(frame.b.quote);
    return frame.re === undefined ? undefined : rootOf(frame.re);
  }

  return async (session, frame) => {
    const { i, r: room, c: clientId, b: body, re, also } = frame;
    refuseUnfitBody(body, limits.text);
    const { user } = session;
    const began = clock.now();
    const retryMs = userSends.take(user, began);
    if (retryMs > 0) throw new Failure('rate_limited', { retryMs });

    const ready = gate.ready(user, room);
    const isPlain = re === undefined && body.quote === undefined;
    // Who, or what, had to be asked about must not be overtaken by what was sent when the answer was known.
    const thread = await order.keep(`${room}:${user}`, isPlain ? ready?.then(nothing) : threadOf(user, ready, frame));
    // What is known behind the wait counts.
    gate.check(user, room, 'add');
    const seconds = gate.slowSeconds(user, room);
    if (seconds > 0) {
      await slowMode.pass({ user, room, clientId, seconds });
      gate.check(user, room, 'add');
    }

    const isAlso = thread !== undefined && also === 1;
    const message = { room, user, clientId, body: newBody(body), thread, also: isAlso };
    session.stored(i, await messages.store(message));
    metrics.sendSeconds.observe((clock.now() - began) / 1000);
  };
}

const nothing = (): undefined => undefined;
