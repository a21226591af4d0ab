import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { createVerifier, TOKEN_ERROR_CODES } from 'fast-jwt';
import type { Logger } from '../runtime/index.ts';
import { clockSkewOf, type TokenAlgorithm, type TrustedIssuer } from './trusted-issuer.ts';

/** The claims of a token that this key has signed for us and that is valid now; `undefined` for every other. */
export type VerifyToken = (token: string) => Readonly<Record<string, unknown>> | undefined;

/** Verifying a signature costs 80 µs, remembering one 1 µs. */
const cachedTokens = 1_000;
const leastRsaBits = 2_048;
const tokenErrors = new Set<unknown>(Object.values(TOKEN_ERROR_CODES));

/** By key id; what is no key, or no key for the algorithms of the issuer, is left out. */
export function verifiersOf(
  issuer: TrustedIssuer,
  keys: readonly unknown[],
  logger: Logger,
): ReadonlyMap<string, VerifyToken> {
  const verifiers = new Map<string, VerifyToken>();
  for (const jwk of keys) {
    const { kid, use = 'sig', alg } = (jwk ?? {}) as Readonly<Record<string, unknown>>;
    const key = publicKeyOf(jwk);
    const algorithm = key === undefined ? undefined : algorithmOf(key);
    if (typeof kid !== 'string' || use !== 'sig' || key === undefined || algorithm === undefined) continue;
    // The key says how it is used, and the configuration whether we want that: a token has no say in it.
    if (!issuer.algorithms.includes(algorithm) || (alg !== undefined && alg !== algorithm)) continue;
    verifiers.set(kid, verifierOf(issuer, key, algorithm, logger));
  }
  return verifiers;
}

/** Only what is public of it: a set that holds private keys by mistake gives no more away here. */
function publicKeyOf(jwk: unknown): KeyObject | undefined {
  const { kty, crv, x, y, n, e } = (jwk ?? {}) as Readonly<Record<string, string>>;
  try {
    return createPublicKey({ key: { kty, crv, x, y, n, e } as JsonWebKey, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails: details }: KeyObject): TokenAlgorithm | undefined {
  if (asymmetricKeyType === 'ed25519') return 'EdDSA';
  if (asymmetricKeyType === 'rsa') return (details?.modulusLength ?? 0) >= leastRsaBits ? 'RS256' : undefined;
  return asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1' ? 'ES256' : undefined;
}

function verifierOf(issuer: TrustedIssuer, key: KeyObject, algorithm: TokenAlgorithm, logger: Logger): VerifyToken {
  const verify = createVerifier({
    key: key.export({ type: 'spki', format: 'pem' }).toString(),
    algorithms: [algorithm],
    allowedAud: issuer.audience,
    allowedIss: issuer.issuer,
    requiredClaims: ['iss', 'sub', 'aud', 'exp'],
    clockTolerance: clockSkewOf(issuer),
    cache: cachedTokens,
  });
  return (token) => {
    try {
      return verify(token) as Readonly<Record<string, unknown>>;
    } catch (error) {
      const { code, message } = error as { code?: unknown; message: string };
      if (!tokenErrors.has(code)) logger.error({ reason: message }, 'a token could not be judged: refused');
      return undefined;
    }
  };
}
