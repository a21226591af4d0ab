import { Failure } from '../errors/index.ts';
import type { Clock } from '../runtime/index.ts';
import type { UserId } from '../schema/index.ts';
import type { Bus, Following } from './bus.ts';
import { createOnline, type Online, type Presence } from './online.ts';

export interface OnlineFollowing extends Following {
  /** Rejects until every edge had the time to say who is there, and while the bus is away. */
  now(): Online;
  /** How many are there, as far as it knows. */
  users(): number;
}

/** Edges answer within a tick of theirs. */
const settleMs = 1_000;
const sweepMs = 500;
/** A lost report is asked for at most that often. */
const askMs = 1_000;

/** Keeps who is online from what the edges say over the bus; `changed` hears each change once. */
export function followOnline(
  { presence, interruptions }: Pick<Bus, 'presence' | 'interruptions'>,
  { clock, changed }: { clock: Clock; changed?: (user: UserId, presence: Presence | undefined) => void },
): OnlineFollowing {
  const online = createOnline({ clock, ...(changed === undefined ? {} : { changed }) });
  const settledAt = clock.now() + settleMs;
  let askedAt = -Infinity;
  const ask = (): void => {
    if (clock.now() - askedAt < askMs) return;
    askedAt = clock.now();
    presence.ask();
  };
  const followings = [
    presence.subscribe((report) => {
      if (!online.heard(report)) ask();
    }),
    interruptions(() => {
      online.interrupted();
      ask();
    }),
  ];
  // While nothing comes through, silence says nothing about an edge.
  const timer = setInterval(() => (presence.isAway() ? online.interrupted() : online.sweep()), sweepMs).unref();
  ask();
  return {
    now: () => {
      if (presence.isAway()) throw new Failure('log_unavailable', { retryMs: settleMs });
      if (clock.now() < settledAt) throw new Failure('busy', { retryMs: settleMs });
      return online;
    },
    users: () => online.users,
    stop: () => {
      clearInterval(timer);
      for (const following of followings) following.stop();
    },
  };
}
