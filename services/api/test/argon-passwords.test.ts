import { Failure } from '@gapless/shared/errors';
import t from 'tap';
import { createArgonPasswords } from '../src/argon-passwords.ts';

const passwords = createArgonPasswords({ passwordMemoryKib: 256, passwordPasses: 1 });

t.test('a password matches its own hash alone', async (t) => {
  const hash = await passwords.hash('correct horse');
  t.match(hash, /^\$argon2id\$v=19\$m=256,t=1,p=1\$/);
  t.ok(await passwords.matches(hash, 'correct horse'));
  t.notOk(await passwords.matches(hash, 'correct house'));
  t.notOk(passwords.outdated(hash));
  t.ok(createArgonPasswords({ passwordMemoryKib: 512, passwordPasses: 1 }).outdated(hash));
});

t.test('the same password typed in another normal form matches', async (t) => {
  const hash = await passwords.hash('비밀번호 café'.normalize('NFD'));
  t.ok(await passwords.matches(hash, '비밀번호 café'.normalize('NFC')));
});

t.test('nobody’s password matches, not even the one that stands in', async (t) => {
  t.notOk(await passwords.matches(undefined, 'nobody has this password'));
});

t.test('more than can wait are refused', async (t) => {
  const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => passwords.hash('at once')));
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  t.equal(refused.length, 100 - 68);
  t.match(refused[0], { kind: 'busy', status: 503 });
  t.ok(refused.every((reason) => reason instanceof Failure));
});
