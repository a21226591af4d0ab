import { resolve } from 'node:path';
import { type Config, variablesFor } from '@gapless/shared/config';
import {
  type FoundEngine,
  findEngines,
  guardianOfThisProcess,
  type LocalSystem,
  type LocalSystemOptions,
  type Supervisor,
  startLocalSystem,
} from '@gapless/shared/local';
import { checkDataDir, checkNode, checkPlatform, checkPorts, checkPurpose, type WantedPort } from './checks.ts';
import { lockData } from './data-lock.ts';
import { demoAccounts, seedDemoData } from './demo-data.ts';
import type { Progress } from './progress.ts';
import { createRest } from './rest.ts';
import { type RunFile, removeRunFile, runFilePath, writeRunFile } from './run-file.ts';

export interface Running {
  readonly run: RunFile;
  close(): Promise<void>;
}

export interface LauncherDeps {
  readonly config: Config;
  readonly progress: Progress;
}

/** Checks, starts, seeds and announces a whole system; what a failed start began is stopped again. */
export async function launch({ config, progress }: LauncherDeps): Promise<Running> {
  const dataDir = resolve(config.dataDir);
  checkNode();
  checkPlatform();
  checkPurpose(config.nodeEnv);
  checkDataDir(dataDir);
  const lock = await lockData(dataDir);
  // Whoever starts next after a kill waits until the guardian is through: the lock goes last, with the run file.
  const guardian = guardianOfThisProcess();
  guardian.watchPath(runFilePath(dataDir));
  guardian.watchPath(lock.path);
  let system: LocalSystem | undefined;
  const close = async (): Promise<void> => {
    removeRunFile(dataDir);
    await system?.close();
    lock.release();
  };
  try {
    const ports = await freeFixedPorts(config);
    const engines = await progress.step('looking for nats-server and mongod', () => findEngines(config, progress.note));
    progress.note(`nats-server ${describe(engines.natsServer)}, mongod ${describe(engines.mongod)}`);
    system = await startLocalSystem({
      ...systemOptions(config, dataDir),
      ports,
      engines,
      step: progress.step,
      supervisor: report(progress, dataDir),
    });
    const run = await announce(system, dataDir, progress);
    return { run, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const describe = ({ version, source }: FoundEngine): string => `${version} (${source})`;

async function freeFixedPorts(config: Config): Promise<{ apis: number[]; adminApis: number[]; edges: number[] }> {
  const edges = Array.from({ length: config.localEdges }, (_, n) => config.edgePort + n);
  const wanted: WantedPort[] = [
    { port: config.apiPort, purpose: 'REST API', variable: 'GAPLESS_API_PORT' },
    { port: config.adminApiPort, purpose: 'admin API', variable: 'GAPLESS_ADMIN_API_PORT' },
    ...edges.map((port) => ({ port, purpose: 'edge', variable: 'GAPLESS_EDGE_PORT' })),
  ];
  await checkPorts(wanted);
  return { apis: [config.apiPort], adminApis: [config.adminApiPort], edges };
}

/** What stands in this process's environment for a service reaches that service. Mails stay on this machine, and are shown. */
function systemOptions(config: Config, dataDir: string): LocalSystemOptions {
  const env = {
    api: { GAPLESS_SHOW_MAILS: 'true', ...variablesFor('api') },
    edge: variablesFor('edge'),
    'log-worker': variablesFor('log-worker'),
  };
  return { dir: dataDir, edges: config.localEdges, env };
}

async function announce(system: LocalSystem, dataDir: string, progress: Progress): Promise<RunFile> {
  const room = await progress.step('preparing demo accounts', () => seedDemoData(system.api.url));
  const run: RunFile = {
    pid: process.pid,
    api: system.api.url,
    docs: `${system.api.url}/docs`,
    admin: system.api.adminApiUrl,
    ...(await outboxOf(system.api.url)),
    edges: system.edges.map(({ url }) => url),
    accounts: demoAccounts,
    room,
  };
  writeRunFile(dataDir, run);
  return run;
}

/** Where the api shows the mails that it does not send: only it knows whether it does. */
async function outboxOf(apiUrl: string): Promise<Pick<RunFile, 'outbox'>> {
  const { status } = await createRest(apiUrl).get('/outbox.json', '');
  return status === 200 ? { outbox: `${apiUrl}/outbox` } : {};
}

function report(progress: Progress, dataDir: string): Supervisor {
  return {
    crashed(name, { code, signal }, retryMs) {
      const how = signal ?? `code ${code}`;
      progress.note(`${name} ended (${how}); starting it again in ${retryMs} ms (its log is under ${dataDir})`);
    },
    failed: (name, error) => progress.note(`${name} did not come back: ${error.message}`),
    healed: (name) => progress.note(`${name} runs again`),
  };
}
