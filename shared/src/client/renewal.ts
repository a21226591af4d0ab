import type { ChatError } from './chat-error.ts';
import type { Emit } from './client-event.ts';
import { type Cancel, type Clock, jitteredMs } from './clock.ts';
import type { Tokens } from './tokens.ts';

/** Gives the standing connection a fresh token before the old one ends. */
export interface Renewal {
  start(): void;
  stop(): void;
}

export interface RenewalDeps {
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly random: () => number;
  readonly emit: Emit;
  /** Hands the token to the edge. */
  readonly present: (token: string) => Promise<unknown>;
}

const pace = { firstMs: 2_000, maxMs: 60_000 };
/** Tokens that live shorter than that are not renewed more often. */
const leastPauseMs = 1_000;

export function createRenewal({ tokens, clock, random, emit, present }: RenewalDeps): Renewal {
  let cancel: Cancel = () => undefined;
  let course = 0;

  const renew = async (mine: number, failures: number): Promise<void> => {
    try {
      await present(await tokens.renew());
      if (mine === course) schedule(mine, tokens.renewInMs(), 0);
    } catch (error) {
      if (mine !== course) return;
      emit({ type: 'error', error: error as ChatError });
      schedule(mine, jitteredMs(failures, pace, random), failures + 1);
    }
  };
  const schedule = (mine: number, ms: number | undefined, failures: number): void => {
    if (ms !== undefined) cancel = clock.after(Math.max(leastPauseMs, ms), () => void renew(mine, failures));
  };
  return {
    start: () => schedule(++course, tokens.renewInMs(), 0),
    stop: () => {
      course++;
      cancel();
    },
  };
}
