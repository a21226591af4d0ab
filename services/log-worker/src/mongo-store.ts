import type { Settings } from '@gapless/shared/config';
import { readSecretFile } from '@gapless/shared/runtime';
import { type Db, MongoClient } from 'mongodb';

export interface Store {
  readonly db: Db;
  close(): Promise<void>;
}

/** Connects with the first operation, and again whenever it has to. */
export function openMongoStore(settings: Settings<'mongoUrl' | 'mongoUrlFile' | 'mongoDatabase'>): Store {
  const url = settings.mongoUrlFile === '' ? settings.mongoUrl : readSecretFile(settings.mongoUrlFile);
  const client = new MongoClient(url, {
    appName: 'gapless log-worker',
    retryWrites: true,
    ignoreUndefined: true,
    maxPoolSize: 16,
    maxConnecting: 4,
    connectTimeoutMS: 3_000,
    serverSelectionTimeoutMS: 3_000,
    socketTimeoutMS: 15_000,
    waitQueueTimeoutMS: 3_000,
    heartbeatFrequencyMS: 2_000,
  });
  return { db: client.db(settings.mongoDatabase), close: () => client.close() };
}
