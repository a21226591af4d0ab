import type { Bus } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { createOnline, type Online } from './domain/online.ts';

export interface BusOnline {
  /** Rejects until every edge had the time to say who is there, and while the bus is away. */
  now(): Online;
  /** Once, when the bus is there. */
  follow(bus: Bus): void;
  stop(): void;
}

/** Edges answer within a tick of theirs. */
const settleMs = 1_000;
const sweepMs = 500;
/** A lost report is asked for at most that often. */
const askMs = 1_000;

/** Keeps who is online from what the edges say over the bus. */
export function createBusOnline({ clock }: { clock: Clock }): BusOnline {
  const online = createOnline({ clock });
  let settledAt = Number.POSITIVE_INFINITY;
  let askedAt = -Infinity;
  let isAway = (): boolean => true;
  let stop = (): void => undefined;

  return {
    now: () => {
      if (isAway()) throw new Failure('log_unavailable', { retryMs: settleMs });
      if (clock.now() < settledAt) throw new Failure('busy', { retryMs: settleMs });
      return online;
    },
    follow: (bus) => {
      const { presence } = bus;
      const ask = (): void => {
        if (clock.now() - askedAt < askMs) return;
        askedAt = clock.now();
        presence.ask();
      };
      isAway = presence.isAway;
      const followings = [
        presence.subscribe((report) => {
          if (!online.heard(report)) ask();
        }),
        bus.interruptions(() => {
          online.interrupted();
          ask();
        }),
      ];
      // While nothing comes through, silence says nothing about an edge.
      const timer = setInterval(() => (isAway() ? online.interrupted() : online.sweep()), sweepMs).unref();
      stop = () => {
        clearInterval(timer);
        for (const following of followings) following.stop();
      };
      settledAt = clock.now() + settleMs;
      ask();
    },
    stop: () => stop(),
  };
}
