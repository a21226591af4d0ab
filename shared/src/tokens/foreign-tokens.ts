import { createHash } from 'node:crypto';
import { type Clock, type Logger, steadyClock, systemClock } from '../runtime/index.ts';
import { foreignSessionMark, type SessionId } from '../schema/index.ts';
import { type FetchKeys, fetchKeys } from './fetch-keys.ts';
import { createKeySet, type KeySet } from './key-set.ts';
import { clockSkewOf, longestLifeOf, type TrustedIssuer } from './trusted-issuer.ts';

/** Whom another issuer's token names: a person of his. What he may here is not for the issuer to say. */
export interface ForeignIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** The same for the same session of the issuer's, and of no session of ours. */
  readonly session: SessionId;
  /** As he calls himself there. */
  readonly nickname?: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface ForeignTokens {
  /** Whether the text says that it is of a trusted issuer; nothing of it is verified. */
  isForeign(token: string): boolean;
  /** `undefined` for what is not valid. Rejects with `issuer_unavailable` while that cannot be told. */
  verify(token: string): Promise<ForeignIdentity | undefined>;
}

const maxTokenChars = 8_192;
const maxIdChars = 255;

/** Each issuer has keys of its own: a key id means nothing but within them. */
export function createForeignTokens(deps: {
  issuers: readonly TrustedIssuer[];
  logger: Logger;
  clock?: Clock;
  /** Measures how old keys are, whatever the machine's clock does. */
  ageClock?: Clock;
  fetchKeys?: FetchKeys;
}): ForeignTokens {
  const { issuers, logger, clock = systemClock, ageClock = steadyClock } = deps;
  const known = new Map<string, { readonly issuer: TrustedIssuer; readonly keys: KeySet }>();
  for (const issuer of issuers) {
    const keys = createKeySet({ issuer, logger, clock: ageClock, fetchKeys: deps.fetchKeys ?? fetchKeys });
    known.set(issuer.issuer, { issuer, keys });
  }

  const trusted = (token: string) => {
    if (known.size === 0 || token.length > maxTokenChars) return undefined;
    const iss = part(token, 1)['iss'];
    return typeof iss === 'string' ? known.get(iss) : undefined;
  };

  return {
    isForeign: (token) => trusted(token) !== undefined,
    async verify(token) {
      const found = trusted(token);
      const kid = part(token, 0)['kid'];
      if (found === undefined || typeof kid !== 'string' || kid.length > maxIdChars) return undefined;
      const verify = await found.keys.verifier(kid);
      const claims = verify?.(token);
      return claims === undefined ? undefined : identityOf(found.issuer, claims, clock.now());
    },
  };
}

/** Read before anything is verified: it only chooses who verifies. */
function part(token: string, index: 0 | 1): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(token.split('.', 3)[index] ?? '', 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function identityOf(
  issuer: TrustedIssuer,
  claims: Readonly<Record<string, unknown>>,
  now: number,
): ForeignIdentity | undefined {
  const { sub, exp, iat, sid, jti } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > maxIdChars || typeof exp !== 'number') return undefined;
  const [skewMs, expiresAt] = [clockSkewOf(issuer), exp * 1000];
  // The library remembers a token for as long as it was good when it came.
  if (expiresAt + skewMs <= now || expiresAt > now + longestLifeOf(issuer) + skewMs) return undefined;
  if (iat !== undefined && !(typeof iat === 'number' && iat * 1000 <= now + skewMs)) return undefined;
  const name = issuer.nicknameClaim === undefined ? undefined : claims[issuer.nicknameClaim];
  return {
    issuer: issuer.issuer,
    subject: sub,
    session: sessionOf(issuer.issuer, sub, sid ?? jti),
    ...(typeof name === 'string' && name.length <= maxIdChars ? { nickname: name } : {}),
    expiresAt: expiresAt + skewMs,
  };
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const drawnChars = 25;

/** In the form of our ids, since sessions become subjects and keys. */
function sessionOf(issuer: string, subject: string, session: unknown): SessionId {
  const told = typeof session === 'string' ? session : '';
  const digest = createHash('sha256')
    .update(JSON.stringify([issuer, subject, told]))
    .digest();
  const drawn = Array.from(digest.subarray(0, drawnChars), (byte) => alphabet[byte & 31]);
  return `${foreignSessionMark}${drawn.join('')}` as SessionId;
}
