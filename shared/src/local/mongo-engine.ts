import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Db, MongoClient, MongoServerError } from 'mongodb';
import { createLocalProgram, type LocalProgram, type Supervisor } from './local-program.ts';
import { behindOthers } from './managed-process.ts';
import { pollUntil } from './poll-until.ts';

export interface MongoEngine extends LocalProgram {
  /** Reaches the member directly: transactions and retryable writes work, discovery is not needed. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
}

export interface MongoEngineOptions {
  /** Path of mongod. */
  readonly program: string;
  /** Holds data and log. */
  readonly dir: string;
  readonly port: number;
  readonly name?: string;
  readonly cacheGb?: number;
  /** Hosts (`address:port`) of the replica set that it belongs to, itself among them. Left out: it is alone in its set. */
  readonly members?: readonly string[];
  readonly supervisor?: Supervisor;
}

const replicaSet = 'rs0';
const attemptMs = 1_000;
/** What a killed process leaves open holds its rows for as long; no transaction of ours is wanted any more by then. */
const transactionSeconds = 10;
const notYetInitialized = 94;
const alreadyInitialized = 23;

/** How drivers find the primary among the members of a set. */
export const mongoSetUrl = (members: readonly string[]): string =>
  `mongodb://${members.join(',')}/?replicaSet=${replicaSet}`;

/**
 * A replica set of one unless it is told of others: what needs a replica set in production needs one here as well. Nothing
 * runs before `start`.
 */
export function createMongoEngine(options: MongoEngineOptions): MongoEngine {
  const { dir, port, name = 'mongo', members, supervisor } = options;
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir, { recursive: true });
  const url = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  const host = `127.0.0.1:${port}`;
  const isReady = members === undefined ? alone(host) : among(members, host);
  const local = createLocalProgram({
    process: {
      name,
      command: options.program,
      args: mongodArgs(options, dataDir),
      env: {},
      logFile: join(dir, `${name}.log`),
      manner: 'gently',
      niceness: behindOthers,
    },
    readyDeadlineMs: 90_000,
    ready: (signal) => pollUntil(() => isReady(url), signal),
    ...(supervisor !== undefined && { supervisor }),
  });
  return { ...local, url, port, dataDir };
}

function mongodArgs({ port, cacheGb = 0.25 }: MongoEngineOptions, dataDir: string): string[] {
  return [
    ...['--dbpath', dataDir],
    ...['--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'],
    ...['--replSet', replicaSet],
    ...['--wiredTigerCacheSizeGB', String(cacheGb)],
    ...['--setParameter', 'diagnosticDataCollectionEnabled=false'],
    ...['--setParameter', `transactionLifetimeLimitSeconds=${transactionSeconds}`],
    ...['--quiet'],
  ];
}

type Look = (url: string) => Promise<boolean>;

/** Each is one look, and one step forward; false while it cannot work yet. */
const alone = (host: string): Look =>
  look(async (admin) => {
    if ((await admin.command({ hello: 1 }))['isWritablePrimary'] === true) return true;
    await shapeReplicaSet(admin, host);
    return false;
  });

/** The first of them makes the set: two who did would make two. Any of them is elected. */
const among = (members: readonly string[], host: string): Look =>
  look(async (admin) => {
    const hello = await admin.command({ hello: 1 });
    if (hello['isWritablePrimary'] === true) return true;
    if (hello['secondary'] === true) return hello['primary'] !== undefined;
    if (host === members[0] && (await currentConfig(admin)) === undefined) await initiate(admin, members);
    return false;
  });

const look =
  (work: (admin: Db) => Promise<boolean>): Look =>
  async (url) => {
    const client = new MongoClient(url, { serverSelectionTimeoutMS: attemptMs, connectTimeoutMS: attemptMs });
    try {
      return await work(client.db('admin'));
    } catch (error) {
      if (isRefusal(error)) throw error;
      return false;
    } finally {
      await client.close();
    }
  };

/** What mongod itself refuses will not be better the next time; being away or not elected yet will. */
const isRefusal = (error: unknown): boolean =>
  error instanceof MongoServerError && ['InvalidReplicaSetConfig', 'Unauthorized'].includes(error.codeName ?? '');

async function shapeReplicaSet(admin: Db, host: string): Promise<void> {
  const config = await currentConfig(admin);
  if (config === undefined) return initiate(admin, [host]);
  const [member] = config.members;
  if (member === undefined || member.host === host) return;
  const moved = { ...config, version: config.version + 1, members: [{ ...member, host }] };
  await admin.command({ replSetReconfig: moved, force: true });
}

interface ReplicaSetConfig {
  readonly version: number;
  readonly members: readonly { readonly host: string }[];
}

/** The data folder remembers the address of its last run: it must be told of another one. */
async function currentConfig(admin: Db): Promise<ReplicaSetConfig | undefined> {
  try {
    const { config } = await admin.command({ replSetGetConfig: 1 });
    return config as ReplicaSetConfig;
  } catch (error) {
    if (error instanceof MongoServerError && error.code === notYetInitialized) return undefined;
    throw error;
  }
}

/** Members of a set on one machine hear at once when one of them is gone. */
const settings = { electionTimeoutMillis: 2_000, heartbeatIntervalMillis: 500 };

async function initiate(admin: Db, hosts: readonly string[]): Promise<void> {
  const members = hosts.map((host, _id) => ({ _id, host }));
  const config = { _id: replicaSet, members, ...(hosts.length > 1 && { settings }) };
  try {
    await admin.command({ replSetInitiate: config });
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.code !== alreadyInitialized) throw error;
  }
}
