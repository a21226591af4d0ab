import { errorCodes, Failure } from '@gapless/shared/errors';
import type { ClientFrame } from '@gapless/shared/protocol';
import type { Logger } from '@gapless/shared/runtime';
import type { Operation } from './handlers/index.ts';
import type { EdgeMetrics } from './metrics.ts';
import type { Session } from './session.ts';

/**
 * Runs an operation and turns its failure into an error frame. What nobody foresaw answers `internal` and is logged: one
 * frame must not take a process with all its sockets along.
 */
export function createPerform(deps: { metrics: Pick<EdgeMetrics, 'errors'>; logger: Logger }) {
  const { metrics, logger } = deps;

  const failed = (session: Session, frame: ClientFrame, error: unknown): void => {
    const failure = error instanceof Failure ? error : new Failure('internal');
    if (failure.kind === 'internal') logger.error({ err: error, op: frame.t }, 'a bug: the frame was refused');
    metrics.errors.inc({ code: failure.code });
    // He may come back. Of two the one that is being answered meanwhile goes on.
    if (frame.t === 'hello' && session.phase === 'new' && errorCodes[failure.code].retry) {
      session.greetingRefused('try_later');
    }
    session.refuse(failure, frame.i);
  };

  const finish = async (session: Session, frame: ClientFrame, work: Promise<void>): Promise<void> => {
    session.began();
    try {
      await work;
    } catch (error) {
      failed(session, frame, error);
    } finally {
      session.ended();
    }
  };

  return (session: Session, frame: ClientFrame, operation: Operation): void => {
    try {
      const work = operation.run(session, frame);
      if (work !== undefined) void finish(session, frame, work);
    } catch (error) {
      failed(session, frame, error);
    }
  };
}
