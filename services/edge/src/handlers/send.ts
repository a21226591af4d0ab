import type { MessageLog, StoredOnce } from '@gapless/shared/bus';
import { Failure, type FailureKind } from '@gapless/shared/errors';
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
    return namedBy(user, frame);
  }

  async function namedBy(user: UserId, frame: ClientFrameOf<'send'>): Promise<number | undefined> {
    const membership = access.membership(user, frame.r);
    if (membership === undefined) throw new Failure('not_member');
    const rootOf = (seq: number): Promise<number> => {
      if (isVisible(visibleRanges(membership), seq)) return named.rootOf(frame.r, seq);
      throw new Failure('not_found', { detail: 'No such message' });
    };
    if (frame.b.quote !== undefined) await rootOf(frame.b.quote);
    return frame.re === undefined ? undefined : rootOf(frame.re);
  }

  /** Behind all that its sender sent before it: sequence of the message that begins the thread. */
  async function admit(user: UserId, frame: ClientFrameOf<'send'>): Promise<number | undefined> {
    const { r: room, c: clientId, b: body, re } = frame;
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
    return thread;
  }

  /** What was stored before he might not write any more is answered as it was: a refusal says that nothing happened. */
  async function unlessStored(refusal: Failure, user: UserId, frame: ClientFrameOf<'send'>): Promise<StoredOnce> {
    try {
      const before = await messages.stored(messageOf(user, frame, await namedBy(user, frame)));
      if (before !== undefined) return before;
    } catch (error) {
      if (error instanceof Failure && error.code === 'unavailable') {
        throw new Failure('fate_unknown', { retryMs: 1_000, cause: error });
      }
      // That the message which it names is none is no reason to tell him more than that he may not write.
      if (!(error instanceof Failure) || error.code !== 'not_found') throw error;
    }
    throw refusal;
  }

  return async (session, frame) => {
    refuseUnfitBody(frame.b, limits.text);
    const { user } = session;
    const began = clock.now();
    const retryMs = userSends.take(user, began);
    if (retryMs > 0) throw new Failure('rate_limited', { retryMs });
    let thread: number | undefined;
    try {
      thread = await admit(user, frame);
    } catch (error) {
      if (!(error instanceof Failure) || !mayBeARepeat.has(error.kind)) throw error;
      return session.stored(frame.i, await unlessStored(error, user, frame));
    }
    session.stored(frame.i, await messages.store(messageOf(user, frame, thread)));
    metrics.sendSeconds.observe((clock.now() - began) / 1000);
  };
}

/** Of these nobody could say that he never might write there. */
const mayBeARepeat: ReadonlySet<FailureKind> = new Set(['muted', 'frozen', 'archived', 'blocked', 'slow_mode']);

const messageOf = (user: UserId, { r: room, c: clientId, b, also }: ClientFrameOf<'send'>, thread?: number) => ({
  ...{ room, user, clientId, body: newBody(b), thread },
  also: thread !== undefined && also === 1,
});

const nothing = (): undefined => undefined;
