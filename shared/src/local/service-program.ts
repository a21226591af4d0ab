import { join } from 'node:path';
import { asVariables, type Config } from '../config/index.ts';
import { createLocalProgram, type LocalProgram, type Supervisor } from './local-program.ts';
import { behindOthers } from './managed-process.ts';
import { pollUntil } from './poll-until.ts';

export type ServiceKind = 'api' | 'edge' | 'log-worker';

export interface ServiceProgram extends LocalProgram {
  /** Health, readiness and metrics. */
  readonly adminUrl: string;
}

export interface ServiceOptions {
  readonly service: ServiceKind;
  readonly name: string;
  /** The project's folder. */
  readonly root: string;
  readonly logDir: string;
  readonly adminPort: number;
  /** Variables to hand on as they are. */
  readonly env: Readonly<Record<string, string>>;
  readonly settings: Partial<Config>;
  /** Path of a program to run in place of the service's own. */
  readonly script?: string;
  readonly supervisor?: Supervisor;
}

/** A service as a process of its own, ready when it says so itself. */
export function createServiceProgram(options: ServiceOptions): ServiceProgram {
  const { service, name, root, logDir, adminPort, supervisor } = options;
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  const script = options.script ?? join(root, 'services', service, 'dist', 'src', 'main.js');
  const local = createLocalProgram({
    process: {
      name,
      command: process.execPath,
      args: ['--enable-source-maps', script],
      env: { ...options.env, ...asVariables({ ...options.settings, adminPort, adminHost: '127.0.0.1' }) },
      logFile: join(logDir, `${name}.log`),
      manner: 'abruptly',
      ...(service === 'log-worker' && { niceness: behindOthers }),
    },
    readyDeadlineMs: 60_000,
    ready: (signal) => pollUntil(async () => (await readiness(adminUrl)).ready, signal),
    obstacles: async () => (await readiness(adminUrl)).obstacles.join(', '),
    ...(supervisor !== undefined && { supervisor }),
  });
  return { ...local, adminUrl };
}

interface Readiness {
  readonly ready: boolean;
  readonly obstacles: readonly string[];
}

/** A process that does not answer yet is not ready, and says nothing more. */
async function readiness(adminUrl: string): Promise<Readiness> {
  try {
    const response = await fetch(`${adminUrl}/readyz`, { signal: AbortSignal.timeout(1_000) });
    return (await response.json()) as Readiness;
  } catch {
    return { ready: false, obstacles: [] };
  }
}
