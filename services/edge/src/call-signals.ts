import type { Presence } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { type ClientFrameOf, maxSignalBytes, type ServerFrameOf } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import type { Acquaintances } from './acquaintances.ts';
import { RateLimiter } from './rate-limiter.ts';
import type { Session } from './session.ts';
import type { UserSignals } from './user-signals.ts';

/** Brings what the devices of two users say to set up a call from the one to the other; nothing of it is stored. */
export interface CallSignals {
  /**
   * Resolves with whether the other one is to be seen online. Rejects with `not_found` for whoever may not know of him,
   * which says no more than that; with `body_too_large`, `rate_limited`, and while the bus is away.
   */
  tell(session: Session, signal: Pick<ClientFrameOf<'sig'>, 'to' | 'sid' | 'c' | 'd'>): Promise<boolean>;
  stop(): void;
}

export interface CallSignalsDeps {
  readonly signals: Pick<UserSignals, 'tell' | 'on'>;
  readonly acquaintances: Pick<Acquaintances, 'know'>;
  readonly sessionsOf: (user: UserId) => readonly Session[];
  /** Rejects while that cannot be told. */
  readonly presenceOf: (user: UserId) => Presence | undefined;
  readonly clock: Clock;
}

/** A call begins with an offer and some dozens of candidates at once. */
const userRate = { perSecond: 40, burst: 200 };
const pairRate = { perSecond: 20, burst: 100 };
const pruneMs = 10_000;

export function createCallSignals(deps: CallSignalsDeps): CallSignals {
  const { signals, acquaintances, sessionsOf, presenceOf, clock } = deps;
  const users = new RateLimiter<UserId>(userRate);
  const pairs = new RateLimiter<string>(pairRate);

  const deliver = (user: UserId, frame: ServerFrameOf<'sig'>, device: unknown, by?: Session): void => {
    for (const session of sessionsOf(user)) {
      const isMeant = session !== by && (device === undefined || device === session.sid);
      // Shed like every signal: a socket that is behind has enough to do.
      if (isMeant && session.phase === 'ready' && session.flow === 'all') session.send(frame);
    }
  };

  signals.on('sig', (user, { device, frame }) => {
    if (typeof frame === 'object' && frame !== null) deliver(user, frame as ServerFrameOf<'sig'>, device);
  });

  const refuseTooMany = (user: UserId, to: UserId): void => {
    const now = clock.now();
    const retryMs = users.take(user, now) || pairs.take(`${user}:${to}`, now);
    if (retryMs > 0) throw new Failure('rate_limited', { retryMs });
  };

  const pruning = setInterval(() => {
    users.prune(clock.now());
    pairs.prune(clock.now());
  }, pruneMs).unref();

  return {
    tell: async (session, { to, sid: device, c, d }) => {
      const { user } = session;
      if (Buffer.byteLength(JSON.stringify(d)) > maxSignalBytes) {
        throw new Failure('body_too_large', { detail: `\`d\` may have ${maxSignalBytes} bytes of JSON` });
      }
      refuseTooMany(user, to);
      if (to !== user && !(await acquaintances.know(user, to))) throw new Failure('not_found');
      const isOnline = presenceOf(to) !== undefined;
      if (session.phase !== 'ready') return isOnline;
      const frame = { t: 'sig', u: user, sid: session.sid, ...(c === undefined ? {} : { c }), d } as const;
      deliver(to, frame, device, session);
      signals.tell(to, { t: 'sig', ...(device === undefined ? {} : { device }), frame });
      return isOnline;
    },
    stop: () => clearInterval(pruning),
  };
}
