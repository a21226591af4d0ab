import { createPrivateKey, createPublicKey, sign as signBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSigningKey, publicJwk } from '@gapless/shared/runtime';

/** An issuer of access tokens, and of tokens that only look like them. */
export interface TestIssuer {
  readonly jwksFile: string;
  readonly publicPem: string;
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): string;
  /** Header and claims as given, with whatever signature. */
  forge(header: Record<string, unknown>, claims: Record<string, unknown>, signature: (input: string) => string): string;
  readonly kid: string;
  /** Writes the file again, with the keys of these issuers. */
  publish(...issuers: TestIssuer[]): void;
  readonly jwk: object;
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const goodClaims = (sub: string, lifeMs = 60_000): Record<string, unknown> => ({
  sub,
  sid: '01arz3ndektsv4rrffq69g5fax',
  role: 'user',
  aud: 'gapless',
  iss: 'gapless',
  exp: (Date.now() + lifeMs) / 1000,
});

export function createTestIssuer(t: { teardown(fn: () => void): void }): TestIssuer {
  const pem = newSigningKey();
  const jwk = publicJwk(pem);
  const folder = mkdtempSync(join(tmpdir(), 'gapless-edge-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const jwksFile = join(folder, 'jwks.json');
  writeFileSync(jwksFile, JSON.stringify({ keys: [jwk] }));
  const forge: TestIssuer['forge'] = (header, claims, signature) => {
    const input = `${part(header)}.${part(claims)}`;
    return `${input}.${signature(input)}`;
  };
  return {
    jwk,
    jwksFile,
    kid: jwk.kid,
    publicPem: createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString(),
    forge,
    token: (claims = {}, header = {}) =>
      forge({ alg: 'EdDSA', typ: 'JWT', kid: jwk.kid, ...header }, claims, (input) =>
        signBytes(null, Buffer.from(input), createPrivateKey(pem)).toString('base64url'),
      ),
    publish: (...issuers) => writeFileSync(jwksFile, JSON.stringify({ keys: issuers.map((issuer) => issuer.jwk) })),
  };
}
