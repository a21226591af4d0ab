import { readFileSync } from 'node:fs';
import { ConfigError } from '../config/index.ts';

/** The content of a file that holds one secret, without the line's end. */
export function readSecretFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new ConfigError(`cannot read ${path}: ${(error as Error).message}`);
  }
}
