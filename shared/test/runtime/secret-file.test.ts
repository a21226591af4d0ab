import t from 'tap';
import { ConfigError } from '../../src/config/index.ts';
import { newSigningKey, publicJwk, readSecretFile } from '../../src/runtime/index.ts';

t.test('a secret is read without the end of its line', async (t) => {
  const directory = t.testdir({ secret: 'hush\n' });
  t.equal(readSecretFile(`${directory}/secret`), 'hush');
});

t.test('a file that cannot be read is the operator’s fault, and named', async (t) => {
  t.throws(() => readSecretFile('/nowhere/secret'), ConfigError);
  t.throws(() => readSecretFile('/nowhere/secret'), /cannot read \/nowhere\/secret: ENOENT/);
});

t.test('the public key of a signing key holds nothing private, and its id follows from it', async (t) => {
  const key = newSigningKey();
  t.same(Object.keys(publicJwk(key)).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  t.same(publicJwk(key), publicJwk(key));
  t.not(publicJwk(newSigningKey()).kid, publicJwk(key).kid);
});
