import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newSigningKey, publicJwk } from '../runtime/index.ts';

export interface SigningKeyFiles {
  readonly signingKeyFile: string;
  readonly jwksFile: string;
}

/** Keeps the key that is there: tokens given before a restart stay good. */
export function ensureSigningKey(dir: string): SigningKeyFiles {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const signingKeyFile = join(dir, 'signing-key.pem');
  const jwksFile = join(dir, 'jwks.json');
  if (!existsSync(signingKeyFile)) writeFileSync(signingKeyFile, newSigningKey(), { mode: 0o600 });
  const jwk = publicJwk(readFileSync(signingKeyFile, 'utf8'));
  writeFileSync(jwksFile, `${JSON.stringify({ keys: [jwk] }, undefined, 2)}\n`);
  return { signingKeyFile, jwksFile };
}
