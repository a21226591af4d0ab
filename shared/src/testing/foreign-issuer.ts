import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TokenAlgorithm, TrustedIssuer } from '../tokens/index.ts';
import { scratchFor, type Teardown } from './engines.ts';

type Json = Readonly<Record<string, unknown>>;

export interface ForeignKey {
  readonly kid: string;
  readonly algorithm: TokenAlgorithm;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly jwk: Json;
}

/** Somebody else who says who a user is, with a server of his own for his keys. */
export interface ForeignIssuer {
  /** What to say of him in the file of trusted issuers. */
  readonly trusted: TrustedIssuer;
  readonly key: ForeignKey;
  /** How often his keys were asked for. */
  asked(): number;
  /** What is there to read from now on: keys, or whatever `answer` does. */
  publish(...keys: readonly ForeignKey[]): void;
  misbehave(answer: (response: ServerResponse) => void): void;
  /** A good token, but for what is changed of it; `undefined` leaves a claim out. */
  token(claims?: Json, options?: { readonly header?: Json; readonly key?: ForeignKey }): string;
  close(): Promise<void>;
}

export const foreignAudience = 'chat';

export async function startForeignIssuer(
  t: Teardown,
  { algorithm = 'EdDSA', over = {} }: { algorithm?: TokenAlgorithm; over?: Partial<TrustedIssuer> } = {},
): Promise<ForeignIssuer> {
  const key = newForeignKey(algorithm);
  const serve = (keys: readonly ForeignKey[]) => (response: ServerResponse) => {
    response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
  };
  let answer: (response: ServerResponse) => void = serve([key]);
  let asked = 0;
  const server = createServer((_request, response) => {
    asked++;
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  t.teardown(close);
  const trusted = { issuer: url, audience: foreignAudience, algorithms: [algorithm], jwksUrl: `${url}/jwks`, ...over };
  const good = () => ({ iss: trusted.issuer, sub: 'person-1', aud: foreignAudience, exp: Date.now() / 1000 + 300 });
  return {
    trusted,
    key,
    asked: () => asked,
    publish: (...keys) => {
      answer = serve(keys);
    },
    misbehave: (other) => {
      answer = other;
    },
    token: (claims = {}, { header = {}, key: by = key } = {}) =>
      signed({ alg: by.algorithm, typ: 'JWT', kid: by.kid, ...header }, { ...good(), ...claims }, by),
    close,
  };
}

let keys = 0;

export function newForeignKey(algorithm: TokenAlgorithm, kid = `key-${++keys}`): ForeignKey {
  const { publicKey, privateKey } = pairOf(algorithm);
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: algorithm };
  return { kid, algorithm, publicKey, privateKey, jwk };
}

function pairOf(algorithm: TokenAlgorithm): { publicKey: KeyObject; privateKey: KeyObject } {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function signed(header: Json, claims: Json, { algorithm, privateKey }: ForeignKey): string {
  const input = `${part(header)}.${part(claims)}`;
  const digest = algorithm === 'EdDSA' ? null : 'sha256';
  const signature = sign(digest, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** The file that `GAPLESS_TRUSTED_ISSUERS_FILE` names. */
export function trustedIssuersFile(t: Teardown, ...issuers: readonly TrustedIssuer[]): string {
  const file = join(scratchFor(t), 'issuers.json');
  writeFileSync(file, JSON.stringify({ issuers }));
  return file;
}
