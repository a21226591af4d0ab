import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Db, MongoClient, MongoServerError } from 'mongodb';
import { createLocalProgram, type LocalProgram, type Supervisor } from './local-program.ts';
import { pollUntil } from './poll-until.ts';

export interface MongoEngine extends LocalProgram {
  /** Reaches the member directly: transactions and retryable writes work, discovery is not needed. */
  readonly url: string;
  readonly port: number;
}

export interface MongoEngineOptions {
  /** Path of mongod. */
  readonly program: string;
  /** Holds data and log. */
  readonly dir: string;
  readonly port: number;
  readonly name?: string;
  readonly cacheGb?: number;
  readonly supervisor?: Supervisor;
}

const replicaSet = 'rs0';
const attemptMs = 1_000;
const notYetInitialized = 94;
const alreadyInitialized = 23;

/** A replica set of one: what needs a replica set in production needs one here as well. Nothing runs before `start`. */
export function createMongoEngine(options: MongoEngineOptions): MongoEngine {
  const { dir, port, name = 'mongo', supervisor } = options;
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir, { recursive: true });
  const url = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  const local = createLocalProgram({
    process: {
      name,
      command: options.program,
      args: mongodArgs(options, dataDir),
      env: {},
      logFile: join(dir, `${name}.log`),
      manner: 'gently',
    },
    readyDeadlineMs: 90_000,
    ready: (signal) => pollUntil(() => becomePrimary(url, `127.0.0.1:${port}`), signal),
    ...(supervisor !== undefined && { supervisor }),
  });
  return { ...local, url, port };
}

function mongodArgs({ port, cacheGb = 0.25 }: MongoEngineOptions, dataDir: string): string[] {
  return [
    ...['--dbpath', dataDir],
    ...['--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'],
    ...['--replSet', replicaSet],
    ...['--wiredTigerCacheSizeGB', String(cacheGb)],
    ...['--setParameter', 'diagnosticDataCollectionEnabled=false'],
    ...['--quiet'],
  ];
}

/** One look, and one step forward; false while it is not primary yet. */
async function becomePrimary(url: string, host: string): Promise<boolean> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: attemptMs, connectTimeoutMS: attemptMs });
  try {
    const admin = client.db('admin');
    const hello = await admin.command({ hello: 1 });
    if (hello['isWritablePrimary'] === true) return true;
    await shapeReplicaSet(admin, host);
    return false;
  } catch (error) {
    if (isRefusal(error)) throw error;
    return false;
  } finally {
    await client.close();
  }
}

/** What mongod itself refuses will not be better the next time; being away or not elected yet will. */
const isRefusal = (error: unknown): boolean =>
  error instanceof MongoServerError && ['InvalidReplicaSetConfig', 'Unauthorized'].includes(error.codeName ?? '');

async function shapeReplicaSet(admin: Db, host: string): Promise<void> {
  const config = await currentConfig(admin);
  if (config === undefined) return initiate(admin, host);
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

async function initiate(admin: Db, host: string): Promise<void> {
  try {
    await admin.command({ replSetInitiate: { _id: replicaSet, members: [{ _id: 0, host }] } });
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.code !== alreadyInitialized) throw error;
  }
}
