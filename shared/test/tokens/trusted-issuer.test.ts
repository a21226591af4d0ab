import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { readTrustedIssuers } from '../../src/tokens/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'gapless-issuers-'));
t.teardown(() => rmSync(folder, { recursive: true }));

const good = {
  issuer: 'https://id.example.org',
  audience: 'chat',
  algorithms: ['RS256'],
  jwksUrl: 'https://id.example.org/jwks.json',
};

const reading = (content: unknown) => () => {
  const file = join(folder, 'issuers.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readTrustedIssuers(file);
};
const one = (over: object) => reading({ issuers: [{ ...good, ...over }] });

t.test('without a file nobody else is trusted', async (t) => {
  t.same(readTrustedIssuers(''), []);
});

t.test('who is trusted stands in the file', async (t) => {
  t.same(reading({ issuers: [good] })(), [good]);
  t.ok(one({ jwksUrl: 'http://127.0.0.1:8080/jwks' })());
  t.ok(one({ jwksUrl: undefined, keys: [{ kty: 'OKP' }] })());
});

t.test('a file that is not right keeps the service from starting, and says why', async (t) => {
  const wrong: Record<string, () => unknown> = {
    'cannot be read': reading('{'),
    issuers: reading({}),
    audience: one({ audience: undefined }),
    algorithms: one({ algorithms: [] }),
    'algorithms/0': one({ algorithms: ['HS256'] }),
    'issuers/0/algorithms/0': one({ algorithms: ['none'] }),
    clockSkewMs: one({ clockSkewMs: 60_001 }),
    longestLifeMs: one({ longestLifeMs: 86_400_001 }),
    'must be https': one({ jwksUrl: 'http://id.example.org/jwks' }),
    'or on this machine': one({ jwksUrl: 'file:///etc/passwd' }),
    https: one({ jwksUrl: 'https://user:password@id.example.org/' }),
    either: one({ keys: [{}] }),
    'or `keys`': one({ jwksUrl: undefined }),
    'our own name': one({ issuer: 'gapless' }),
    twice: reading({ issuers: [good, good] }),
    audiance: one({ audiance: 'chat' }),
  };
  for (const [reason, read] of Object.entries(wrong)) {
    t.throws(
      read,
      { name: 'ConfigError', message: new RegExp(`GAPLESS_TRUSTED_ISSUERS_FILE.*${reason}`, 's') },
      reason,
    );
  }
  t.throws(() => readTrustedIssuers('/no/such/file'), /cannot be read/);
});
