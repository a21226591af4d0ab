import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { ConfigError } from '../config/index.ts';

/** Public half of a signing key, as a JWKS carries it. */
export interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly alg: 'EdDSA';
  readonly use: 'sig';
}

export const newSigningKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** The key id is the key's RFC 7638 thumbprint: whoever holds the key knows it. */
export function publicJwk(privateKeyPem: string): PublicJwk {
  const key = privateKey(privateKeyPem);
  if (key.asymmetricKeyType !== 'ed25519') throw new ConfigError('the signing key must be Ed25519');
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  if (x === undefined) throw new TypeError('the signing key has no public half');
  const kid = createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
    .digest('base64url');
  return { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' };
}

function privateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // What OpenSSL says of it may quote it.
    throw new ConfigError('the signing key must be Ed25519, in PEM: this is no private key');
  }
}
