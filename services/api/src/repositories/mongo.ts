import { connectPatiently } from '@gapless/shared/outbox';
import type { Logger } from '@gapless/shared/runtime';
import { type Db, MongoClient, MongoServerError, type TopologyDescription } from 'mongodb';

/** The connection to MongoDB. */
export interface Mongo {
  readonly client: MongoClient;
  readonly db: Db;
  /** Begins to connect, and does not give up. */
  open(logger: Logger): void;
  obstacles(): readonly string[];
  close(): Promise<void>;
}

const writable = new Set(['RSPrimary', 'Standalone', 'Mongos', 'LoadBalancer']);

export function openMongo(url: string, database: string): Mongo {
  const client = new MongoClient(url, {
    appName: 'gapless-api',
    maxPoolSize: 50,
    minPoolSize: 2,
    maxConnecting: 4,
    waitQueueTimeoutMS: 2_000,
    serverSelectionTimeoutMS: 3_000,
    connectTimeoutMS: 3_000,
    socketTimeoutMS: 10_000,
    heartbeatFrequencyMS: 2_000,
    retryWrites: true,
    ignoreUndefined: true,
  });
  const stopped = new AbortController();
  let hasPrimary = false;
  client.on('topologyDescriptionChanged', ({ newDescription }: { newDescription: TopologyDescription }) => {
    hasPrimary = [...newDescription.servers.values()].some((server) => writable.has(server.type));
  });
  return {
    client,
    db: client.db(database),
    open: (logger) => void connectPatiently(client, { logger, signal: stopped.signal }),
    obstacles: () => (hasPrimary ? [] : ['MongoDB is away']),
    close: () => {
      stopped.abort();
      return client.close();
    },
  };
}

const duplicateKey = 11000;

/**
 * Name of the unique index that a write ran into, without what follows a `~`, which tells an index from the one that it has
 * replaced. The server says it in its message only.
 */
export function violatedIndex(error: unknown): string | undefined {
  if (!(error instanceof MongoServerError) || error.code !== duplicateKey) return undefined;
  return / index: ([^\s~]+)/.exec(String(error.message))?.[1];
}
