import type { Settings } from '@gapless/shared/config';
import { connectPatiently, mongoUrlOf } from '@gapless/shared/outbox';
import type { Logger } from '@gapless/shared/runtime';
import { type Db, MongoClient } from 'mongodb';

export interface Store {
  readonly db: Db;
  /** Begins to connect, and does not give up. */
  open(logger: Logger): void;
  close(): Promise<void>;
}

export function openMongoStore(settings: Settings<'mongoUrl' | 'mongoUrlFile' | 'mongoDatabase'>): Store {
  const client = new MongoClient(mongoUrlOf(settings), {
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
  const stopped = new AbortController();
  return {
    db: client.db(settings.mongoDatabase),
    open: (logger) => void connectPatiently(client, { logger, signal: stopped.signal }),
    close: () => {
      stopped.abort();
      return client.close();
    },
  };
}
