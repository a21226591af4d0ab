import { createHash, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError } from '@gapless/shared/config';
import { type Clock, type Logger, systemClock } from '@gapless/shared/runtime';
import { accessTokenAudience, accessTokenIssuer, isId, type SessionId, type UserId } from '@gapless/shared/schema';
import { createVerifier, TOKEN_ERROR_CODES } from 'fast-jwt';

/** Whom a valid access token names. */
export interface Identity {
  readonly user: UserId;
  readonly sid: SessionId;
  /** How often the user had been disabled when it was made. */
  readonly epoch: number;
  readonly expiresAt: number;
}

export interface AccessTokens {
  /** The identity behind a token that is valid now; `undefined` for every other text. Never waits. */
  verify(token: string): Identity | undefined;
}

/** Whom a token that was valid once names, without a word about its end. */
type Verify = (token: string) => Identity | undefined;

/** Verifying a signature costs 80 µs, finding it again 1 µs; a storm of reconnects brings the same tokens again. */
const cachedTokens = 10_000;
/** An unknown key id may mean that keys were rotated: the file is read again, but not for every forged token. */
const rereadMs = 5_000;

/** Trusts Ed25519 keys of a JWKS file, by key id, and no other algorithm whatever a token's header says. */
export function createAccessTokens(options: { jwksFile: string; logger: Logger; clock?: Clock }): AccessTokens {
  const { jwksFile, logger, clock = systemClock } = options;
  let verifiers = readVerifiers(jwksFile, logger);
  let readAt = clock.now();

  const reread = (): void => {
    if (clock.now() - readAt < rereadMs) return;
    readAt = clock.now();
    try {
      verifiers = readVerifiers(jwksFile, logger);
    } catch (error) {
      logger.warn({ err: error }, 'keeping the keys of before');
    }
  };

  return {
    verify: (token) => {
      const kid = keyIdOf(token);
      if (kid === undefined) return undefined;
      if (!verifiers.has(kid)) reread();
      const identity = verifiers.get(kid)?.(token);
      return identity !== undefined && identity.expiresAt > clock.now() ? identity : undefined;
    },
  };
}

function readVerifiers(jwksFile: string, logger: Logger): ReadonlyMap<string, Verify> {
  const keys = readKeys(jwksFile);
  return new Map(keys.flatMap((key) => (usable(key) ? [[key.kid, verifierOf(key, logger)] as const] : [])));
}

function readKeys(jwksFile: string): unknown[] {
  try {
    const { keys } = JSON.parse(readFileSync(jwksFile, 'utf8')) as { keys?: unknown };
    if (Array.isArray(keys) && keys.some(usable)) return keys;
  } catch (error) {
    throw new ConfigError(`cannot read the keys of GAPLESS_JWKS_FILE: ${(error as Error).message}`);
  }
  throw new ConfigError(`GAPLESS_JWKS_FILE (${jwksFile}) holds no Ed25519 key with a \`kid\``);
}

interface Ed25519Key {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly kid: string;
  readonly x: string;
}

function usable(key: unknown): key is Ed25519Key {
  const { kty, crv, kid, x } = (key ?? {}) as Record<string, unknown>;
  return kty === 'OKP' && crv === 'Ed25519' && typeof kid === 'string' && typeof x === 'string';
}

function verifierOf({ kty, crv, x }: Ed25519Key, logger: Logger): Verify {
  const key = createPublicKey({ key: { kty, crv, x }, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const verify = createVerifier({
    key: key.toString(),
    algorithms: ['EdDSA'],
    allowedAud: accessTokenAudience,
    allowedIss: accessTokenIssuer,
    requiredClaims: ['sub', 'sid', 'aud', 'iss', 'exp'],
  });
  return remembering((token) => identityOf(checked(verify, token, logger)));
}

/** By a digest; the oldest go first. The library would keep whatever a token says, several times as much. */
function remembering(verify: Verify): Verify {
  const known = new Map<string, Identity>();
  return (token) => {
    const digest = createHash('sha256').update(token).digest('binary');
    const found = known.get(digest) ?? verify(token);
    if (found === undefined) return undefined;
    known.set(digest, found);
    const [oldest] = known.keys();
    if (known.size > cachedTokens && oldest !== undefined) known.delete(oldest);
    return found;
  };
}

/** Read before anything is verified: it only chooses the key. */
function keyIdOf(token: string): string | undefined {
  const dot = token.indexOf('.');
  if (dot < 1) return undefined;
  try {
    const { kid } = JSON.parse(Buffer.from(token.slice(0, dot), 'base64url').toString()) as { kid?: unknown };
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
}

const tokenErrors = new Set<unknown>(Object.values(TOKEN_ERROR_CODES));

/** Whatever a token does to the library, it is only a token that is not valid. */
function checked(verify: (token: string) => unknown, token: string, logger: Logger): unknown {
  try {
    return verify(token);
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    if (!tokenErrors.has(code)) logger.error({ reason: message }, 'a token could not be judged: refused');
    return undefined;
  }
}

function identityOf(claims: unknown): Identity | undefined {
  const { sub, sid, ep = 0, exp } = (claims ?? {}) as Record<string, unknown>;
  if (typeof sub !== 'string' || !isId(sub) || typeof sid !== 'string' || typeof exp !== 'number') return undefined;
  if (typeof ep !== 'number') return undefined;
  return { user: sub as UserId, sid: sid as SessionId, epoch: ep, expiresAt: exp * 1000 };
}
