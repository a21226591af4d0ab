import type { MongoClient } from 'mongodb';
import type { Settings } from '../config/index.ts';
import { type Logger, readSecretFile, retryUntil, strongEnough } from '../runtime/index.ts';

/** The connection string; one that stands in a file is a secret, and its password must be worth that. */
export function mongoUrlOf({ mongoUrl, mongoUrlFile }: Settings<'mongoUrl' | 'mongoUrlFile'>): string {
  if (mongoUrlFile === '') return mongoUrl;
  const url = readSecretFile(mongoUrlFile);
  const password = /^[a-z+]+:\/\/[^:@/]*:([^@/]*)@/.exec(url)?.[1];
  if (password !== undefined) strongEnough(decodeURIComponent(password), `the password in ${mongoUrlFile}`);
  return url;
}

const pace = { firstMs: 200, maxMs: 3_000 };

/**
 * The driver reconnects by itself once it was connected, but never again when its first attempt failed: a database that is
 * away, or does not know this user yet, when a service starts would be away for ever. Resolves when connected or stopped.
 */
export async function connectPatiently(
  client: MongoClient,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<void> {
  const failed = (error: unknown, attempt: number): void => {
    if (!signal.aborted && (attempt === 0 || attempt % 10 === 9)) {
      logger.warn({ why: (error as Error).message }, 'waiting for MongoDB');
    }
  };
  await retryUntil(() => client.connect(), { ...pace, signal, failed });
}
