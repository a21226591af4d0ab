import { performance } from 'node:perf_hooks';
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

t.test('nobody’s password matches, nor that of who has none', async (t) => {
  for (const nobodys of [undefined, '']) t.equal(await passwords.matches(nobodys, 'correct horse'), false);
});

t.test('an unknown address costs as much as a wrong password', async (t) => {
  const dear = createArgonPasswords({ passwordMemoryKib: 16_384, passwordPasses: 2 });
  const hash = await dear.hash('correct horse');
  const tookMs = async (passwordHash: string | undefined) => {
    const begun = performance.now();
    await dear.matches(passwordHash, 'correct house');
    return performance.now() - begun;
  };
  const [known, unknown]: [number[], number[]] = [[], []];
  for (let n = 0; n < 5; n++) {
    known.push(await tookMs(hash));
    unknown.push(await tookMs(undefined));
  }
  t.ok(Math.min(...unknown) > Math.min(...known) / 4, `${unknown} ms beside ${known} ms`);
});

t.test('while too many wait, unknown and known addresses are refused alike, and no longer', async (t) => {
  const fresh = createArgonPasswords({ passwordMemoryKib: 256, passwordPasses: 1 });
  const hash = await passwords.hash('correct horse');
  const waiting = Array.from({ length: 68 }, () => fresh.hash('at once'));
  const asked = [hash, undefined, ''].map((one) => fresh.matches(one, 'correct horse'));
  const busy = { status: 'rejected', reason: { kind: 'busy', retryMs: 1_000 } };
  t.match(await Promise.allSettled(asked), [busy, busy, busy]);
  await Promise.all(waiting);
  const answers = [hash, undefined, ''].map((one) => fresh.matches(one, 'correct horse'));
  t.same(await Promise.all(answers), [true, false, false]);
});

t.test('more than can wait are refused', async (t) => {
  const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => passwords.hash('at once')));
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  t.equal(refused.length, 100 - 68);
  t.match(refused[0], { kind: 'busy', status: 503 });
  t.ok(refused.every((reason) => reason instanceof Failure));
});
