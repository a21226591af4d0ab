import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { silentLogger } from '@gapless/shared/runtime';
import { newId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { createAccessTokens } from '../src/access-token.ts';
import { createTestIssuer, goodClaims } from './tokens.ts';

const user = newId<UserId>();
const logger = silentLogger();

t.test('a token of the issuer names its user until it ends', async (t) => {
  const issuer = createTestIssuer(t);
  let now = Date.now();
  const tokens = createAccessTokens({ jwksFile: issuer.jwksFile, logger, clock: { now: () => now } });
  const token = issuer.token(goodClaims(user, 10_000));
  t.match(tokens.verify(token), { user, sid: String });
  t.match(tokens.verify(token), { user }, 'again, remembered');
  now += 20_000;
  t.equal(tokens.verify(token), undefined);
});

t.test('everything else is refused', async (t) => {
  const issuer = createTestIssuer(t);
  const stranger = createTestIssuer(t);
  const tokens = createAccessTokens({ jwksFile: issuer.jwksFile, logger });
  const claims = goodClaims(user);
  const { kid, publicPem } = issuer;
  const hmac = (secret: string) => (input: string) => createHmac('sha256', secret).update(input).digest('base64url');
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const without = (claim: string) => Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim));
  const refused: Record<string, string> = {
    'no text': '',
    'no token': 'a.b.c',
    'three bad parts': '...',
    'alg none': issuer.forge({ alg: 'none', kid }, claims, () => ''),
    'alg none with a signature': issuer.forge({ alg: 'none', kid }, claims, () => 'AAAA'),
    'EdDSA without a signature': issuer.forge({ alg: 'EdDSA', kid }, claims, () => ''),
    'HS256 with the public key as PEM': issuer.forge({ alg: 'HS256', kid }, claims, hmac(publicPem)),
    'HS256 with the public key as in the JWKS': issuer.forge(
      { alg: 'HS256', kid },
      claims,
      hmac((issuer.jwk as { x: string }).x),
    ),
    'RS256 of another key': issuer.forge({ alg: 'RS256', kid }, claims, (input) =>
      sign('sha256', Buffer.from(input), rsa).toString('base64url'),
    ),
    'another audience': issuer.token({ ...claims, aud: 'someone-else' }),
    'another issuer': issuer.token({ ...claims, iss: 'someone-else' }),
    ended: issuer.token({ ...claims, exp: Date.now() / 1000 - 1 }),
    'not yet valid': issuer.token({ ...claims, nbf: Date.now() / 1000 + 60 }),
    'an end that is no number': issuer.token({ ...claims, exp: 'never' }),
    'no end': issuer.token(without('exp')),
    'no audience': issuer.token(without('aud')),
    'no issuer': issuer.token(without('iss')),
    'no session': issuer.token(without('sid')),
    'no user': issuer.token(without('sub')),
    'a user that is no id': issuer.token({ ...claims, sub: 'room.*.>' }),
    'an unknown key': issuer.token(claims, { kid: 'unknown' }),
    'claims that are null': issuer.token(null as never),
    'claims that are a list': issuer.token([claims] as never),
    'claims that are a text': issuer.token('claims' as never),
    'an audience that is an object': issuer.token({ ...claims, aud: { gapless: 1 } }),
    'a header that is null': issuer.forge(null as never, claims, () => 'AAAA'),
    'a header that asks for what nobody knows': issuer.token(claims, { crit: ['exp'] }),
    'an algorithm that is a list': issuer.token(claims, { alg: ['EdDSA'] }),
    'no key id': issuer.token(claims, { kid: undefined }),
    'the key of somebody else under our key id': stranger.token(claims, { kid }),
  };
  for (const [what, token] of Object.entries(refused)) t.equal(tokens.verify(token), undefined, what);
  const good = issuer.token(claims);
  t.equal(tokens.verify(`${good.slice(0, -4)}AAAA`), undefined, 'a changed signature');
  t.ok(tokens.verify(good));
});

t.test('rotated keys are found without a restart, a broken file changes nothing', async (t) => {
  const issuer = createTestIssuer(t);
  const next = createTestIssuer(t);
  let now = Date.now();
  const tokens = createAccessTokens({ jwksFile: issuer.jwksFile, logger, clock: { now: () => now } });
  const token = next.token(goodClaims(user));
  t.equal(tokens.verify(token), undefined);
  issuer.publish(issuer, next);
  t.equal(tokens.verify(token), undefined, 'the file is not read for every unknown key');
  now += 6_000;
  t.ok(tokens.verify(token));
  writeFileSync(issuer.jwksFile, 'not json');
  now += 6_000;
  t.equal(tokens.verify(createTestIssuer(t).token(goodClaims(user))), undefined);
  t.ok(tokens.verify(token));
});

t.test('without a usable key it does not start', async (t) => {
  const issuer = createTestIssuer(t);
  writeFileSync(issuer.jwksFile, '{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"x"}]}');
  t.throws(() => createAccessTokens({ jwksFile: issuer.jwksFile, logger }), /GAPLESS_JWKS_FILE/);
  t.throws(() => createAccessTokens({ jwksFile: '/no/such/file', logger }), /GAPLESS_JWKS_FILE/);
});
