import { performance } from 'node:perf_hooks';
import type { Revocations } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { type Clock, sleep } from '@gapless/shared/runtime';
import type { Revocation, SessionId, UserId } from '@gapless/shared/schema';
import type { Identity } from './access-token.ts';
import type { Session } from './session.ts';

/** Whom this edge serves no more, and whether it knows. */
export interface Revoked {
  covers(identity: Identity): boolean;
  /** Whether nothing can have been revoked, a moment ago, that this edge has not heard of. */
  isCurrent(): boolean;
  /**
   * `undefined` when it is current; else resolves when it is, for all who wait in the order in which they asked. Rejects with
   * `log_unavailable` when nobody is there to ask, or it takes too long.
   */
  pending(): Promise<void> | undefined;
  /** Why no socket can be taken now: not for a moment's doubt, `hello` waits for its end. */
  obstacle(): string | undefined;
  /**
   * While `work` goes on a revocation does not close the socket: its answer leaves first. Only for what ends the session
   * itself; refused once the session is revoked, so that nobody puts off the end by one command after the other.
   */
  answerFirst(session: Session, work: () => Promise<void>): Promise<void>;
  stop(): void;
}

export interface RevokedDeps {
  readonly revocations: Pick<Revocations, 'follow'>;
  readonly sessionsOf: (user: UserId) => readonly Session[];
  readonly clock: Clock;
}

const patienceMs = 3_000;
const lookMs = 10;
/** Doubts that end sooner nobody outside needs to know of. */
const doubtMs = 2_000;
const roundMs = 500;

export function createRevoked({ revocations, sessionsOf, clock }: RevokedDeps): Revoked {
  const sessions = new Map<SessionId, number>();
  const users = new Map<UserId, { readonly epoch: number; readonly until: number }>();
  /** How many answers are to leave each socket first. */
  const answering = new Map<Session, number>();
  let waiting: Promise<void> | undefined;
  let currentAt = -Infinity;

  const covers = ({ user, sid, epoch }: Identity): boolean =>
    sessions.has(sid) || (users.get(user)?.epoch ?? 0) > epoch;

  const isCovered = ({ identity }: Session): boolean => identity !== undefined && covers(identity);

  const closeIfCovered = (session: Session): void => {
    if (!answering.has(session) && isCovered(session)) session.close('unauthenticated');
  };

  const answerEnded = (session: Session): void => {
    const left = (answering.get(session) ?? 0) - 1;
    if (left > 0) answering.set(session, left);
    else answering.delete(session);
    closeIfCovered(session);
  };

  const revoked = (revocation: Revocation): void => {
    const { user, until } = revocation;
    if (until <= clock.now()) return;
    if (revocation.kind === 'session') sessions.set(revocation.session, until);
    else if ((users.get(user)?.epoch ?? 0) < revocation.epoch) users.set(user, { epoch: revocation.epoch, until });
    for (const session of sessionsOf(user)) closeIfCovered(session);
  };

  const following = revocations.follow({ revoked });

  const isCurrent = (): boolean => {
    const current = following.isCurrent();
    if (current) currentAt = performance.now();
    return current;
  };

  const untilCurrent = async (): Promise<void> => {
    for (const end = performance.now() + patienceMs; !isCurrent(); ) {
      if (following.isAway() || performance.now() > end) throw new Failure('log_unavailable', { retryMs: 1_000 });
      await sleep(lookMs);
    }
  };

  /** Tokens that it is about have ended by themselves. */
  const prune = (): void => {
    const now = clock.now();
    for (const [session, until] of sessions) if (until <= now) sessions.delete(session);
    for (const [user, { until }] of users) if (until <= now) users.delete(user);
  };

  const rounds = setInterval(() => {
    isCurrent();
    prune();
  }, roundMs).unref();

  return {
    covers,
    isCurrent,
    pending: () => {
      // Behind those who wait, also when their wait is about to end.
      if (waiting === undefined && isCurrent()) return undefined;
      waiting ??= untilCurrent().finally(() => {
        waiting = undefined;
      });
      return waiting;
    },
    obstacle: () => {
      if (isCurrent() || (!following.isAway() && performance.now() - currentAt < doubtMs)) return undefined;
      return 'what was revoked is not known now';
    },
    answerFirst: async (session, work) => {
      if (isCovered(session)) throw new Failure('token_required');
      answering.set(session, (answering.get(session) ?? 0) + 1);
      try {
        await work();
      } finally {
        answerEnded(session);
      }
    },
    stop: () => {
      clearInterval(rounds);
      following.stop();
    },
  };
}
