import type { ErrorCode } from '@gapless/shared/errors';
import { type ClientFrame, parseClientFrame } from '@gapless/shared/protocol';
import type { Clock, Logger } from '@gapless/shared/runtime';
import type { Handlers } from './handlers/index.ts';
import type { Operation } from './handlers/operation.ts';
import type { EdgeMetrics } from './metrics.ts';
import { createPerform } from './perform.ts';
import type { Revoked } from './revoked.ts';
import type { Session } from './session.ts';

export interface ReceiveDeps {
  readonly handlers: Handlers;
  readonly maxFrameBytes: number;
  /** Frames of one socket that may be worked on at once. */
  readonly inFlightPerSocket: number;
  readonly metrics: Pick<EdgeMetrics, 'errors' | 'frames'>;
  /** Nothing is done for who may have been revoked without this edge knowing. */
  readonly revoked: Pick<Revoked, 'pending'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** From bytes to an operation: rate, shape, state, then the handler. Whatever a client sends, it never throws. */
export function createReceive(deps: ReceiveDeps): (session: Session, bytes: Uint8Array, binary: boolean) => void {
  const { handlers, maxFrameBytes, inFlightPerSocket, metrics, revoked, clock } = deps;
  const perform = createPerform(deps);

  const refuse = (session: Session, code: ErrorCode, msg: string, i?: number, retryMs?: number): void => {
    metrics.errors.inc({ code });
    session.refuse({ code, msg, ...(retryMs === undefined ? {} : { retryMs }) }, i);
  };

  const refuseBad = (session: Session, code: ErrorCode, msg: string, i?: number): void => {
    refuse(session, code, msg, i);
    // A newer client may know operations that this edge does not: no abuse.
    if (code !== 'unknown_op') session.sentBadFrame(clock.now());
  };

  const refuseNow = (session: Session, frame: ClientFrame): void => {
    if (frame.t === 'hello') return refuse(session, 'conflict', 'The session has begun already', frame.i);
    refuse(session, 'unauthenticated', 'Say hello first and wait for hi', frame.i);
  };

  /** Which request a frame that came too early is; who goes on with them is closed before that costs much. */
  const replyNumber = (bytes: Uint8Array): number | undefined => {
    const parsed = parseClientFrame(bytes, maxFrameBytes);
    return parsed.ok ? parsed.frame.i : parsed.i;
  };

  /** What the session is by then counts. */
  const behind = (pending: Promise<void>, { phases, run }: Operation): Operation => ({
    phases,
    run: async (session, frame) => {
      await pending;
      if (session.phase === 'closed') return;
      if (!phases.includes(session.phase)) return refuseNow(session, frame);
      return run(session, frame);
    },
  });

  return (session, bytes, binary) => {
    if (session.phase === 'closed') return;
    const waitMs = session.takeFrame(clock.now());
    if (waitMs > 0) {
      refuse(session, 'rate_limited', 'Too many frames: wait', binary ? undefined : replyNumber(bytes), waitMs);
      return session.ignoredLimit(clock.now());
    }
    if (binary) return refuseBad(session, 'bad_frame', 'Frames are text');
    const parsed = parseClientFrame(bytes, maxFrameBytes);
    if (!parsed.ok) return refuseBad(session, parsed.code, parsed.msg, parsed.i);
    const { frame } = parsed;
    metrics.frames.add(frame.t);
    const operation = handlers[frame.t];
    if (!operation.phases.includes(session.phase)) return refuseNow(session, frame);
    if (session.inFlight >= inFlightPerSocket) {
      return refuse(session, 'busy', 'Too many frames at once: wait for answers', frame.i);
    }
    const pending = frame.t === 'ping' ? undefined : revoked.pending();
    perform(session, frame, pending === undefined ? operation : behind(pending, operation));
  };
}
