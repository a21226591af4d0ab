import { Failure } from '../errors/index.ts';
import type { Clock, Logger } from '../runtime/index.ts';
import type { FetchKeys } from './fetch-keys.ts';
import { type VerifyToken, verifiersOf } from './issuer-keys.ts';
import type { TrustedIssuer } from './trusted-issuer.ts';

/** The keys of one issuer. */
export interface KeySet {
  /**
   * What verifies with that key; `undefined` when the issuer has no such key as far as is known. Rejects with
   * `issuer_unavailable` while no key of his was ever read.
   */
  verifier(kid: string): Promise<VerifyToken | undefined>;
}

/** However many unknown key ids come: the issuer is asked once a minute. */
const pauseMs = 60_000;
/** Without any key nobody of his can come in: asked a little more often. */
const emptyPauseMs = 5_000;
/** Keys that were taken back are forgotten by then. */
const freshMs = 10 * 60_000;

export function createKeySet(deps: {
  issuer: TrustedIssuer;
  fetchKeys: FetchKeys;
  clock: Clock;
  logger: Logger;
}): KeySet {
  const { issuer, fetchKeys, clock, logger } = deps;
  const { jwksUrl, keys = [] } = issuer;
  let verifiers = verifiersOf(issuer, keys, logger);
  if (jwksUrl === undefined) return { verifier: async (kid) => verifiers.get(kid) };

  let readAt: number | undefined;
  let askedAt = -Infinity;
  let asking: Promise<void> | undefined;

  async function ask(url: string): Promise<void> {
    try {
      verifiers = verifiersOf(issuer, await fetchKeys(url), logger);
      readAt = clock.now();
    } catch (error) {
      logger.warn({ why: (error as Error).message, issuer: issuer.issuer }, 'keeping the keys of before');
    }
  }

  /** Who comes while it goes on shares it; who comes too soon after it gets what is known. */
  function refresh(url: string): Promise<void> {
    const isSoon = clock.now() - askedAt < (readAt === undefined ? emptyPauseMs : pauseMs);
    if (asking !== undefined || isSoon) return asking ?? Promise.resolve();
    askedAt = clock.now();
    asking = ask(url).finally(() => {
      asking = undefined;
    });
    return asking;
  }

  return {
    async verifier(kid) {
      const known = verifiers.get(kid);
      const isFresh = readAt !== undefined && clock.now() - readAt < freshMs;
      if (known !== undefined) {
        if (!isFresh) void refresh(jwksUrl);
        return known;
      }
      await refresh(jwksUrl);
      if (readAt === undefined) throw new Failure('issuer_unavailable', { retryMs: emptyPauseMs });
      return verifiers.get(kid);
    },
  };
}
