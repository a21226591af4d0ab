import type { Clock } from './clock.ts';
import { within } from './within.ts';

/** The access token at hand. Asked for anew only when it must be: reconnecting needs nobody but the edge. */
export interface Tokens {
  /** The one at hand while it lives, else a fresh one. */
  get(): Promise<string>;
  /** A fresh one; whoever else waits for one gets the same. */
  renew(): Promise<string>;
  /** The server would not have it. */
  refused(): void;
  /** The server's clock, by which tokens end. */
  correct(serverNowMs: number): void;
  /** When to renew: well before its end. `undefined`: it does not tell. */
  renewInMs(): number | undefined;
}

export interface TokensDeps {
  readonly ask: () => string | Promise<string>;
  readonly clock: Clock;
  readonly deadlineMs: number;
}

/** So many deadlines without a word from the application, and its answer is not waited for any more. */
const patience = 6;
/** With less life than this a token would end while it is on its way. */
const leastLifeMs = 5_000;

export function createTokens({ ask, clock, deadlineMs }: TokensDeps): Tokens {
  let held: string | undefined;
  let asking: { readonly at: number; readonly answer: Promise<string> } | undefined;
  let offsetMs = 0;

  const lifeMs = (): number | undefined => {
    const end = held === undefined ? undefined : endOf(held);
    return end === undefined ? undefined : end - (clock.now() + offsetMs);
  };
  const begin = (): NonNullable<typeof asking> => {
    const answer = Promise.resolve()
      .then(ask)
      .then((token) => {
        // The old one serves until there is a new one; one that was given up is no newer than what came behind it.
        if (asking?.answer === answer || held === undefined) held = token;
        return token;
      })
      .finally(() => {
        if (asking?.answer === answer) asking = undefined;
      });
    return { at: clock.now(), answer };
  };
  /**
   * Who has waited for a deadline is told so. The application is not asked again at once: the second of two refreshes may end
   * the session as a theft, and an answer that is late serves.
   */
  const renew = (): Promise<string> => {
    const isLost = asking !== undefined && clock.now() - asking.at >= patience * deadlineMs;
    if (asking === undefined || isLost) asking = begin();
    const { answer } = asking;
    return within('The token', deadlineMs, clock, () => answer);
  };
  return {
    renew,
    get: () => (held !== undefined && (lifeMs() ?? 0) > leastLifeMs ? Promise.resolve(held) : renew()),
    refused: () => {
      held = undefined;
    },
    correct: (serverNowMs) => {
      offsetMs = serverNowMs - clock.now();
    },
    renewInMs: () => {
      const life = lifeMs();
      return life === undefined ? undefined : Math.max(0, (life * 2) / 3);
    },
  };
}

/** `exp` of a JWT (RFC 7519 §4.1.4), ms since 1970. Read for timing only: what it is worth the server says. */
function endOf(token: string): number | undefined {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const { exp } = JSON.parse(atob(payload)) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1_000 : undefined;
  } catch {
    return undefined;
  }
}
