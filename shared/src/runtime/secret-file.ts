import { readFileSync } from 'node:fs';
import { ConfigError } from '../config/index.ts';

/** What can be guessed is no secret; `deploy/make-secrets.sh` makes 44 characters. */
const leastCharacters = 16;

/** The content of a file that holds one secret, without the line's end. */
export function readSecretFile(path: string): string {
  const secret = contentOf(path);
  if (secret === '') throw new ConfigError(`the secret ${path} is empty`);
  return secret;
}

export function readPasswordFile(path: string): string {
  return strongEnough(readSecretFile(path), `the password in ${path}`);
}

/** The password; `what` names it where it is too weak. */
export function strongEnough(password: string, what: string): string {
  if (password.length >= leastCharacters) return password;
  throw new ConfigError(`${what} is too weak: it needs ${leastCharacters} characters or more`);
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new ConfigError(`cannot read the secret ${path}: ${(error as Error).message}`);
  }
}
