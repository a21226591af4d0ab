import type { Signals } from '@gapless/shared/bus';
import { encodeFrame } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';
import { RateLimiter } from './rate-limiter.ts';
import type { Session } from './session.ts';

/** Who is writing: told to who is there, never stored, and forgotten by whoever hears no more of it. */
export interface TypingSignals {
  /** What comes too often is left out without a word. */
  tell(session: Session, room: RoomId, on: 0 | 1): void;
  stop(): void;
}

/** Of one socket in one room. */
const spacingMs = 2_500;
/** Of all members of one room on this edge: nobody reads more names than that. */
const roomRate = { perSecond: 5, burst: 10 };
const pruneMs = 10_000;

export function createTypingSignals({
  signals,
  clock,
  isStrained,
}: {
  signals: Pick<Signals, 'toRoom'>;
  /** There is more to do than can be done: nobody misses who is writing. */
  isStrained: () => boolean;
  clock: Clock;
}): TypingSignals {
  const told = new WeakMap<Session, Map<RoomId, { at: number; on: 0 | 1 }>>();
  const rooms = new RateLimiter<RoomId>(roomRate);

  /** An end passes behind its beginning. */
  const isNews = (session: Session, room: RoomId, on: 0 | 1): boolean => {
    const own = told.get(session) ?? new Map();
    const last = own.get(room) ?? { at: -Infinity, on: 0 };
    const now = clock.now();
    if (on === 0 ? last.on === 0 : now - last.at < spacingMs) return false;
    // Said and over long ago is as never said: the map stays as small as what goes on.
    for (const [other, { at }] of own) if (now - at >= spacingMs * 4) own.delete(other);
    told.set(session, own.set(room, { at: on === 1 ? now : last.at, on }));
    return true;
  };

  const pruning = setInterval(() => rooms.prune(clock.now()), pruneMs).unref();
  return {
    tell: (session, room, on) => {
      if (isStrained() || !isNews(session, room, on) || rooms.take(room, clock.now()) > 0) return;
      signals.toRoom(room, Buffer.from(encodeFrame({ t: 'typing', r: room, u: session.user, on })));
    },
    stop: () => clearInterval(pruning),
  };
}
