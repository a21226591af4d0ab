import { errorCodes } from '../errors/index.ts';
import type { ChatError } from './chat-error.ts';
import type { Emit } from './client-event.ts';
import type { ClientRequest, RequestOf } from './client-request.ts';
import { type Cancel, type Clock, jitteredMs } from './clock.ts';

/** What I say of myself: at this device, away from it, or there for nobody. */
export type Here = RequestOf<'here'>['as'];

/** Whom I watch and what I say of myself, over all connections. */
export interface Presence {
  /** What the greeting that leaves now says; `undefined` until something was said. */
  greets(): Here | undefined;
  here(as: Here): void;
  /** Rejected: those of them that are new are not watched. */
  watch(users: readonly string[]): Promise<void>;
  unwatch(users: readonly string[]): Promise<void>;
  /** A session stands, which knows of nobody that I watch. */
  resume(): void;
  lost(): void;
}

export interface PresenceDeps {
  readonly ask: (request: ClientRequest) => Promise<unknown>;
  readonly tell: (request: ClientRequest) => void;
  readonly isLive: () => boolean;
  readonly emit: Emit;
  readonly clock: Clock;
  readonly random: () => number;
}

const pace = { firstMs: 1_000, maxMs: 30_000 };

export function createPresence({ ask, tell, isLive, emit, clock, random }: PresenceDeps): Presence {
  const watched = new Set<string>();
  let as: Here | undefined;
  let greeted: Here | undefined;
  let session = 0;
  let cancel: Cancel = () => undefined;

  const renew = async (failures: number): Promise<void> => {
    if (watched.size === 0) return;
    const mine = session;
    try {
      await ask({ t: 'watch', us: [...watched] });
    } catch (failure) {
      // The next session begins anew.
      if (mine !== session || !isLive()) return;
      const error = failure as ChatError;
      if (!errorCodes[error.code].retry) return emit({ type: 'error', error });
      const pauseMs = Math.max(error.retryMs ?? 0, jitteredMs(failures, pace, random));
      cancel = clock.after(pauseMs, () => void renew(failures + 1));
    }
  };

  return {
    greets: () => {
      greeted = as;
      return as;
    },
    here(now) {
      as = now;
      tell({ t: 'here', as });
    },
    async watch(users) {
      const news = users.filter((user) => !watched.has(user));
      for (const user of news) watched.add(user);
      if (!isLive() || users.length === 0) return;
      try {
        await ask({ t: 'watch', us: users });
      } catch (error) {
        for (const user of news) watched.delete(user);
        throw error;
      }
    },
    async unwatch(users) {
      for (const user of users) watched.delete(user);
      if (isLive() && users.length > 0) await ask({ t: 'unwatch', us: users });
    },
    resume() {
      session++;
      // Said while the greeting was on its way.
      if (as !== undefined && as !== greeted) tell({ t: 'here', as });
      void renew(0);
    },
    lost() {
      session++;
      cancel();
    },
  };
}
