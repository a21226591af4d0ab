import { createHmac, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { newSigningKey, publicJwk } from '@gapless/shared/runtime';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { startApi } from './support/api.ts';

const mongo = await startMongo(t);
const { get, signUp, signingKeyPem } = await startApi(t, mongo.url);
const user = await signUp();

type Json = Readonly<Record<string, unknown>>;

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const partsOf = (token: string): [Json, Json] =>
  token.split('.', 2).map((text) => JSON.parse(Buffer.from(text, 'base64url').toString())) as [Json, Json];

const [header, claims] = partsOf(user.token);

function signed(claims: Json, options: { header?: Json; pem?: string } = {}): string {
  const head = `${part(options.header ?? header)}.${part(claims)}`;
  return `${head}.${sign(null, Buffer.from(head), options.pem ?? signingKeyPem).toString('base64url')}`;
}

function hmacSigned(key: string | Buffer | KeyObject): string {
  const head = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${head}.${createHmac('sha256', key).update(head).digest('base64url')}`;
}

const refused = {
  status: 401,
  headers: { 'www-authenticate': 'Bearer', 'content-type': 'application/problem+json' },
  body: { type: 'urn:gapless:problem:token_required', code: 'unauthenticated' },
};

t.test('a token names its key, its user and its session, and ends', async (t) => {
  t.match(header, { alg: 'EdDSA', kid: publicJwk(signingKeyPem).kid });
  t.match(claims, { sub: user.id, role: 'user', aud: 'gapless', iss: 'gapless', sid: String });
  t.equal(Number(claims['exp']) - Number(claims['iat']), 15 * 60);
  t.equal((await get('/v1/me', signed(claims))).status, 200, 'the test signs as the api does');
});

t.test('the key set verifies it and holds nothing private', async (t) => {
  const { status, body } = await get('/.well-known/jwks.json');
  t.equal(status, 200);
  t.same(body, { keys: [publicJwk(signingKeyPem)] });
});

t.test('no algorithm is none', async (t) => {
  const token = `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`;
  t.match(await get('/v1/me', token), refused);
});

t.test('the public key is no shared secret', async (t) => {
  const key = createPublicKey(signingKeyPem);
  t.match(await get('/v1/me', hmacSigned(key.export({ type: 'spki', format: 'pem' }))), refused);
  t.match(await get('/v1/me', hmacSigned(publicJwk(signingKeyPem).x)), refused);
});

t.test('another audience, issuer or key, or a missing claim, does not do', async (t) => {
  t.match(await get('/v1/me', signed({ ...claims, aud: 'another' })), refused);
  t.match(await get('/v1/me', signed({ ...claims, iss: 'another' })), refused);
  t.match(await get('/v1/me', signed(claims, { pem: newSigningKey() })), refused);
  for (const name of ['sub', 'sid', 'role', 'aud', 'iss', 'exp']) {
    const { [name]: _, ...rest } = claims;
    t.match(await get('/v1/me', signed(rest)), refused, `without ${name}`);
  }
});

t.test('a token that has ended is refused, also when it was good a moment ago', async (t) => {
  const now = Math.floor(Date.now() / 1000);
  t.match(await get('/v1/me', signed({ ...claims, exp: now - 1 })), refused);
  const brief = signed({ ...claims, exp: now + 2 });
  t.equal((await get('/v1/me', brief)).status, 200);
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  t.match(await get('/v1/me', brief), refused);
});

t.test('no token, or what is none, is refused', async (t) => {
  t.match(await get('/v1/me'), refused);
  t.match(await get('/v1/rooms', 'noise'), refused);
});
