import { type Db, MongoClient, MongoServerError, type TopologyDescription } from 'mongodb';

/** The connection to MongoDB; connects on first use, and again by itself. */
export interface Mongo {
  readonly client: MongoClient;
  readonly db: Db;
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
  let hasPrimary = false;
  client.on('topologyDescriptionChanged', ({ newDescription }: { newDescription: TopologyDescription }) => {
    hasPrimary = [...newDescription.servers.values()].some((server) => writable.has(server.type));
  });
  return {
    client,
    db: client.db(database),
    obstacles: () => (hasPrimary ? [] : ['MongoDB is away']),
    close: () => client.close(),
  };
}

const duplicateKey = 11000;

/** Name of the unique index that a write ran into. The server says it in its message only. */
export function violatedIndex(error: unknown): string | undefined {
  if (!(error instanceof MongoServerError) || error.code !== duplicateKey) return undefined;
  return / index: (\S+)/.exec(String(error.message))?.[1];
}
