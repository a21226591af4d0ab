import { errorCodes } from '../errors/index.ts';
import type { ChatError } from './chat-error.ts';
import { type Clock, jitteredMs } from './clock.ts';
import { type CloseClass, type Closed, classOf } from './closed.ts';

/** Whether, when and where to connect after a connection ended. */
export interface Comeback {
  /** A session stands. */
  stands(): void;
  /** The server asked for a pause. */
  notBefore(afterMs: number): void;
  after(closed: Closed, refusal: ChatError | undefined): Next;
  /** Before another attempt, when none was made. */
  pauseMs(): number;
  /** Which address is next. */
  turn(): number;
}

export interface Next {
  /** Absent: the server will not have it. */
  readonly inMs: number | undefined;
  /** With another token. */
  readonly renew: boolean;
}

export interface ComebackDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly urls: number;
}

const pace = { firstMs: 500, maxMs: 30_000 };
/** Before one comes back to a server that cannot serve now, or that one was too slow for. */
const laterMs = 1_000;
/** A session that stood that long was a good one: the pauses start anew. */
const stableMs = 10_000;

export function createComeback({ clock, random, urls }: ComebackDeps): Comeback {
  let [attempt, turn, refusedTokens, notBefore] = [0, 0, 0, 0];
  let stoodSince: number | undefined;

  const pauseMs = (leastMs = 0): number => {
    const promisedMs = notBefore - clock.now();
    return Math.max(0, leastMs, promisedMs) + jitteredMs(attempt++, pace, random);
  };
  return {
    pauseMs,
    stands: () => {
      refusedTokens = 0;
      stoodSince = clock.now();
    },
    notBefore: (afterMs) => {
      notBefore = clock.now() + afterMs;
    },
    after: (closed, refusal) => {
      if (stoodSince !== undefined && clock.now() - stoodSince >= stableMs) attempt = 0;
      stoodSince = undefined;
      const next = refusal === undefined ? classOf(closed) : classOfRefusal(refusal);
      const renew = next === 'renew';
      // Another edge would say the same of the token.
      if (!renew) turn = (turn + 1) % urls;
      // A token that ended says nothing of the next one; a fresh one that is not taken does.
      if (renew && closed.name !== 'token_expired') refusedTokens++;
      if (next !== 'refused' && refusedTokens < 2) {
        return { inMs: pauseMs(Math.max(next === 'later' ? laterMs : 0, refusal?.retryMs ?? 0)), renew };
      }
      refusedTokens = attempt = 0;
      return { inMs: undefined, renew };
    },
    turn: () => turn,
  };
}

/** A `hello` that was answered by `err`. */
function classOfRefusal({ code }: ChatError): CloseClass {
  if (code === 'unauthenticated') return 'renew';
  return errorCodes[code].retry ? 'later' : 'refused';
}
