import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { silentLogger } from '../../src/runtime/index.ts';
import { isForeignSession, isId, newId, type SessionId } from '../../src/schema/index.ts';
import { type ForeignIssuer, newForeignKey, startForeignIssuer } from '../../src/testing/index.ts';
import { createForeignTokens, type ForeignTokens, tokenAlgorithms } from '../../src/tokens/index.ts';

const logger = silentLogger();
const seconds = () => Date.now() / 1000;
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Time passes by hand. */
function aged() {
  const clock = { time: 0, now: () => clock.time };
  return clock;
}

const trusting = (issuers: readonly ForeignIssuer[], ageClock = aged()): ForeignTokens =>
  createForeignTokens({ issuers: issuers.map(({ trusted }) => trusted), logger, ageClock });

const payloadOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

t.test('a token of each algorithm names a person of its issuer', async (t) => {
  for (const algorithm of tokenAlgorithms) {
    const issuer = await startForeignIssuer(t, { algorithm, over: { nicknameClaim: 'name' } });
    const tokens = trusting([issuer]);
    const token = issuer.token({ name: 'Ada', sid: 'session-1', role: 'admin', roles: ['admin'] });
    t.ok(tokens.isForeign(token));
    const identity = await tokens.verify(token);
    t.match(identity, { issuer: issuer.trusted.issuer, subject: 'person-1', nickname: 'Ada' }, algorithm);
    t.same(
      Object.keys(identity ?? {}).sort(),
      ['expiresAt', 'issuer', 'nickname', 'session', 'subject'],
      'and no role',
    );
    t.match(await tokens.verify(token), identity, 'again, remembered');
    t.equal(issuer.asked(), 1);
  }
});

t.test('a session is the same for the same session of the issuer, and nobody else’s', async (t) => {
  const [one, other] = [await startForeignIssuer(t), await startForeignIssuer(t)];
  const tokens = trusting([one, other]);
  const of = async (issuer: ForeignIssuer, claims: object) =>
    (await tokens.verify(issuer.token({ ...claims })))?.session ?? '';
  const session = await of(one, { sid: 's' });
  t.ok(isId(session) && isForeignSession(session as SessionId));
  t.notOk(isForeignSession(newId()));
  t.equal(await of(one, { sid: 's', exp: seconds() + 60 }), session);
  const others = [
    await of(one, { sid: 't' }),
    await of(one, {}),
    await of(one, { sub: 'person-2', sid: 's' }),
    await of(other, { sid: 's' }),
  ];
  t.equal(new Set([session, ...others]).size, 5);
});

t.test('whatever else is refused', async (t) => {
  const issuer = await startForeignIssuer(t, { algorithm: 'RS256' });
  const stranger = await startForeignIssuer(t, { algorithm: 'RS256' });
  const tokens = trusting([issuer]);
  const { key } = issuer;
  const pem = key.publicKey.export({ type: 'spki', format: 'pem' });
  const forged = (header: object, signature: (input: string) => string) => {
    const input = `${part({ kid: key.kid, ...header })}.${part(payloadOf(issuer.token()))}`;
    return `${input}.${signature(input)}`;
  };
  const hmac = (secret: string | Buffer) => (input: string) =>
    createHmac('sha256', secret).update(input).digest('base64url');
  const good = issuer.token();
  const refused: Record<string, string> = {
    'no token': '',
    noise: 'a.b.c',
    'no algorithm': forged({ alg: 'none' }, () => ''),
    'HS256 with the public key as PEM': forged({ alg: 'HS256' }, hmac(pem)),
    'HS256 with the modulus': forged({ alg: 'HS256' }, hmac(Buffer.from(String(key.jwk['n']), 'base64url'))),
    'another algorithm of the same key': issuer.token({}, { header: { alg: 'RS512' } }),
    'a key of another kind under the key id': issuer.token({}, { key: newForeignKey('EdDSA', key.kid) }),
    'a key of somebody else under the key id': issuer.token({}, { key: newForeignKey('RS256', key.kid) }),
    'an unknown key': issuer.token({}, { header: { kid: 'unknown' } }),
    'no key id': issuer.token({}, { header: { kid: undefined } }),
    'a key id that is an object': issuer.token({}, { header: { kid: { $ne: '' } } }),
    'a header that asks for what nobody knows': issuer.token({}, { header: { crit: ['exp'] } }),
    'another audience': issuer.token({ aud: 'somebody-else' }),
    'no audience': issuer.token({ aud: undefined }),
    'an issuer whom nobody trusts': stranger.token(),
    'the name of the issuer by the key of another': stranger.token({ iss: issuer.trusted.issuer }),
    'no issuer': issuer.token({ iss: undefined }),
    'an issuer that is a list': issuer.token({ iss: [issuer.trusted.issuer] }),
    'no subject': issuer.token({ sub: undefined }),
    'an empty subject': issuer.token({ sub: '' }),
    'a subject that is an object': issuer.token({ sub: { $ne: '' } }),
    'a subject without end': issuer.token({ sub: 'x'.repeat(300) }),
    'no end': issuer.token({ exp: undefined }),
    'an end that is no number': issuer.token({ exp: 'never' }),
    'an end in the far future': issuer.token({ exp: seconds() + 366 * 86_400 }),
    'one that has ended': issuer.token({ exp: seconds() - 31 }),
    'one that has not begun': issuer.token({ nbf: seconds() + 40 }),
    'one that was made tomorrow': issuer.token({ iat: seconds() + 40 }),
    'a token without end': `${good}${'x'.repeat(9_000)}`,
    'a changed signature': `${good.slice(0, -6)}AAAAAA`,
  };
  for (const [what, token] of Object.entries(refused)) t.equal(await tokens.verify(token), undefined, what);
  t.ok(await tokens.verify(good));
  t.ok(issuer.asked() <= 1, 'none of it makes anybody ask for keys more often');
});

t.test('clocks may differ, as far as is configured', async (t) => {
  const issuer = await startForeignIssuer(t, { over: { clockSkewMs: 60_000 } });
  const strict = await startForeignIssuer(t, { over: { clockSkewMs: 0 } });
  const tokens = trusting([issuer, strict]);
  const late = { exp: seconds() - 50 };
  t.match(await tokens.verify(issuer.token(late)), { expiresAt: Number });
  t.ok(await tokens.verify(issuer.token({ nbf: seconds() + 50, iat: seconds() + 50 })));
  t.equal(await tokens.verify(strict.token({ exp: seconds() - 1 })), undefined);
  t.equal(await tokens.verify(strict.token({ nbf: seconds() + 5 })), undefined);
});

t.test('a key id means something within its issuer only', async (t) => {
  const [one, other] = [await startForeignIssuer(t), await startForeignIssuer(t)];
  const tokens = trusting([one, other]);
  const key = newForeignKey('EdDSA', one.key.kid);
  other.publish(key);
  t.ok(await tokens.verify(one.token()));
  t.ok(await tokens.verify(other.token({}, { key })), 'the same id, another key');
  t.equal(await tokens.verify(one.token({}, { key })), undefined);
  t.equal(await tokens.verify(other.token({}, { key: one.key })), undefined);
});

t.test('keys are found when they rotate, and whoever makes key ids up is not asked after', async (t) => {
  const issuer = await startForeignIssuer(t);
  const clock = aged();
  const tokens = trusting([issuer], clock);
  t.ok(await tokens.verify(issuer.token()));
  const next = newForeignKey('EdDSA');
  issuer.publish(issuer.key, next);
  const made = Array.from({ length: 50 }, (_, n) =>
    tokens.verify(issuer.token({}, { header: { kid: `made-up-${n}` } })),
  );
  t.same(new Set(await Promise.all(made)), new Set([undefined]));
  t.equal(issuer.asked(), 1, 'not within the minute');
  clock.time += 60_001;
  const many = Array.from({ length: 20 }, () => tokens.verify(issuer.token({}, { key: next })));
  t.notOk((await Promise.all(many)).includes(undefined));
  t.equal(issuer.asked(), 2, 'one for all');
});

t.test('a key that was taken back is forgotten after a while', async (t) => {
  const issuer = await startForeignIssuer(t);
  const clock = aged();
  const tokens = trusting([issuer], clock);
  t.ok(await tokens.verify(issuer.token()));
  issuer.publish(newForeignKey('EdDSA'));
  clock.time += 10 * 60_000 + 1;
  t.ok(await tokens.verify(issuer.token()), 'what is old serves while it is asked for');
  while ((await tokens.verify(issuer.token())) !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  t.equal(issuer.asked(), 2);
});

const unavailable = { name: 'Failure', kind: 'issuer_unavailable' };

/** Nobody of the issuer comes in, and nothing else happens. */
async function isAway(t: Test, issuer: ForeignIssuer, what: string): Promise<void> {
  const clock = aged();
  const tokens = trusting([issuer], clock);
  await t.rejects(tokens.verify(issuer.token()), unavailable, what);
  const asked = issuer.asked();
  await t.rejects(tokens.verify(issuer.token()), unavailable, `${what}, again at once`);
  t.equal(issuer.asked(), asked, 'it is not asked again at once');
  issuer.publish(issuer.key);
  clock.time += 5_001;
  t.ok(await tokens.verify(issuer.token()), `${what}, and back`);
}

t.test('an issuer who misbehaves keeps his own people out until he is right', async (t) => {
  const issuer = await startForeignIssuer(t);
  const secret = createServer((_request, response) => void response.end(JSON.stringify({ keys: [issuer.key.jwk] })));
  await new Promise<void>((resolve) => secret.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void secret.close());
  const elsewhere = `http://127.0.0.1:${(secret.address() as AddressInfo).port}/`;
  const answers = {
    'an error': (response) => void response.writeHead(500).end(),
    'a redirect': (response) => void response.writeHead(302, { location: elsewhere }).end(),
    'no JSON': (response) => void response.end('<html>'),
    'no keys': (response) => void response.end('{"keys":{}}'),
    'too many keys': (response) => void response.end(JSON.stringify({ keys: Array(51).fill(issuer.key.jwk) })),
    'a body without end': (response) => {
      const more = (): void =>
        void (response.writableEnded || response.destroyed || response.write('x'.repeat(65_536), more));
      more();
    },
    'a broken answer': (response) => void response.destroy(),
  } as const satisfies Record<string, Parameters<ForeignIssuer['misbehave']>[0]>;
  for (const [what, answer] of Object.entries(answers)) {
    issuer.misbehave(answer);
    await isAway(t, issuer, what);
  }
});

t.test('an issuer who says nothing holds nobody up for long', { timeout: 30_000 }, async (t) => {
  const issuer = await startForeignIssuer(t);
  issuer.misbehave(() => undefined);
  await isAway(t, issuer, 'silence');
});

t.test('while the issuer is away the keys that are known go on', async (t) => {
  const issuer = await startForeignIssuer(t);
  const clock = aged();
  const tokens = trusting([issuer], clock);
  t.ok(await tokens.verify(issuer.token()));
  await issuer.close();
  clock.time += 86_400_000;
  t.ok(await tokens.verify(issuer.token()));
  t.equal(await tokens.verify(issuer.token({}, { header: { kid: 'new' } })), undefined);
});

t.test('keys that are weak, of another use or of another algorithm are no keys', async (t) => {
  const issuer = await startForeignIssuer(t, { algorithm: 'RS256' });
  const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 });
  const weakKey = {
    ...issuer.key,
    ...weak,
    kid: 'weak',
    jwk: { ...weak.publicKey.export({ format: 'jwk' }), kid: 'weak' },
  };
  const elliptic = newForeignKey('ES256');
  const forSecrets = newForeignKey('RS256');
  const encryption = { ...forSecrets, jwk: { ...forSecrets.jwk, use: 'enc' } };
  const named = newForeignKey('RS256');
  const otherwise = { ...named, jwk: { ...named.jwk, alg: 'PS256' } };
  const symmetric = { ...issuer.key, kid: 'oct', jwk: { kty: 'oct', k: 'c2VjcmV0', kid: 'oct' } };
  const bad = [weakKey, elliptic, encryption, otherwise, symmetric];
  issuer.publish(issuer.key, ...bad);
  const tokens = trusting([issuer]);
  t.ok(await tokens.verify(issuer.token()));
  for (const key of bad) t.equal(await tokens.verify(issuer.token({}, { key })), undefined, key.kid);
});

t.test('keys may stand in the configuration, and then nobody is asked', async (t) => {
  const issuer = await startForeignIssuer(t);
  const { jwksUrl: _, ...rest } = issuer.trusted;
  const tokens = createForeignTokens({ issuers: [{ ...rest, keys: [issuer.key.jwk] }], logger });
  t.ok(await tokens.verify(issuer.token()));
  t.equal(await tokens.verify(issuer.token({}, { header: { kid: 'other' } })), undefined);
  t.equal(issuer.asked(), 0);
});
