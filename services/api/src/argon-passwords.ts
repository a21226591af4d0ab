import { randomBytes } from 'node:crypto';
import type { Settings } from '@gapless/shared/config';
import { Failure } from '@gapless/shared/errors';
import { hash, type Options, verify } from '@node-rs/argon2';
import type { Passwords } from './domain/accounts/passwords.ts';

/** Hashes at once, and how many more may wait: each takes its memory for tens of milliseconds. */
const atOnce = 4;
const mayWait = 64;

/** argon2id, the library's default algorithm. */
export function createArgonPasswords(config: Settings<'passwordMemoryKib' | 'passwordPasses'>): Passwords {
  const options: Options = { memoryCost: config.passwordMemoryKib, timeCost: config.passwordPasses, parallelism: 1 };
  const parameters = `$m=${options.memoryCost},t=${options.timeCost},p=1$`;
  const nobodys = standIn(parameters);
  const gate = createGate();

  const make = (password: string) => gate(() => hash(password.normalize('NFKC'), options));
  return {
    hash: make,
    async matches(passwordHash, password) {
      // Empty: another issuer vouches for the user.
      const isThere = passwordHash !== undefined && passwordHash !== '';
      const against = isThere ? passwordHash : nobodys;
      const matches = await gate(() => verify(against, password.normalize('NFKC')));
      return matches && isThere;
    },
    outdated: (passwordHash) => !passwordHash.includes(parameters),
  };
}

/** Costs as much to verify as any hash of these parameters, and is made without the work, which may be refused. */
const standIn = (parameters: string): string =>
  `$argon2id$v=19${parameters}${unpadded(randomBytes(16))}$${unpadded(randomBytes(32))}`;

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

function createGate(): <T>(work: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= atOnce) {
      if (queue.length >= mayWait) throw new Failure('busy', { retryMs: 1_000 });
      await new Promise<void>((resolve) => queue.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
