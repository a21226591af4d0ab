import { loadConfig } from '../config/index.ts';
import {
  createMongoEngine,
  createNatsEngine,
  createScratchDir,
  type FoundEngines,
  findEngines,
  freePort,
  type LocalSystem,
  type LocalSystemOptions,
  type MongoEngine,
  type NatsEngine,
  startLocalSystem,
} from '../local/index.ts';

/** What of a test this needs: something that calls back at its end. */
export interface Teardown {
  teardown(work: () => Promise<void> | void): void;
}

let found: Promise<FoundEngines> | undefined;

/** Looked for once in each test process. */
export function engines(): Promise<FoundEngines> {
  found ??= findEngines(loadConfig('launcher'));
  return found;
}

/** A folder that goes with the test. */
export function scratchFor(t: Teardown): string {
  const dir = createScratchDir();
  t.teardown(() => dir.remove());
  return dir.path;
}

/** A real NATS server of its own for a test; gone with it. */
export async function startNats(t: Teardown): Promise<NatsEngine> {
  const { natsServer } = await engines();
  const dir = scratchFor(t);
  const nats = createNatsEngine({ program: natsServer.path, dir, port: await freePort() });
  t.teardown(() => nats.stop());
  await nats.start();
  return nats;
}

/** A real MongoDB of its own for a test; gone with it. */
export async function startMongo(t: Teardown): Promise<MongoEngine> {
  const { mongod } = await engines();
  const dir = scratchFor(t);
  const mongo = createMongoEngine({ program: mongod.path, dir, port: await freePort() });
  t.teardown(() => mongo.stop());
  await mongo.start();
  return mongo;
}

/** A whole Gapless of its own for a test; gone with it. */
export async function startSystem(
  t: Teardown,
  options: Omit<LocalSystemOptions, 'dir' | 'engines'> = {},
): Promise<LocalSystem> {
  const dir = scratchFor(t);
  const system = await startLocalSystem({ ...options, dir, engines: await engines() });
  t.teardown(() => system.close());
  return system;
}
