import t from 'tap';
import { ConfigError } from '../../src/config/index.ts';
import { newSigningKey, publicJwk, readPasswordFile, readSecretFile } from '../../src/runtime/index.ts';

t.test('a secret is read without the end of its line', async (t) => {
  const directory = t.testdir({ secret: 'hush\n' });
  t.equal(readSecretFile(`${directory}/secret`), 'hush');
});

t.test('a file that cannot be read is the operator’s fault, and named', async (t) => {
  t.throws(() => readSecretFile('/nowhere/secret'), ConfigError);
  t.throws(() => readSecretFile('/nowhere/secret'), /cannot read the secret \/nowhere\/secret: ENOENT/);
});

t.test('an empty secret and a weak password are refused by the name of their file', async (t) => {
  const directory = t.testdir({ empty: '\n', weak: 'fifteen-letters\n', strong: 'sixteen--letters\n' });
  t.throws(() => readSecretFile(`${directory}/empty`), {
    name: 'ConfigError',
    message: `the secret ${directory}/empty is empty`,
  });
  t.throws(() => readPasswordFile(`${directory}/weak`), {
    name: 'ConfigError',
    message: `the password in ${directory}/weak is too weak: it needs 16 characters or more`,
  });
  t.equal(readPasswordFile(`${directory}/strong`), 'sixteen--letters');
});

t.test('the public key of a signing key holds nothing private, and its id follows from it', async (t) => {
  const key = newSigningKey();
  t.same(Object.keys(publicJwk(key)).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  t.same(publicJwk(key), publicJwk(key));
  t.not(publicJwk(newSigningKey()).kid, publicJwk(key).kid);
});
