import type { Config } from '../config/index.ts';
import { ConfigError, loadConfig } from '../config/index.ts';
import type { Measured as ServiceName } from '../metrics/index.ts';
import { startAdminServer } from './admin-server.ts';
import { withDeadline } from './deadline.ts';
import { createLogger, type Logger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';

/** What a builder returns: nothing runs before `start`, nothing is left after `close`. */
export interface Service {
  start(): Promise<void>;
  close(): Promise<void>;
  /** What keeps it from its work now, in words for an operator; empty when ready. */
  obstacles(): readonly string[];
}

export interface ServiceContext {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Ends this process in order, as SIGTERM does; absent: only who built the service ends it. */
  readonly stop?: (why: string) => void;
}

/**
 * Runs one service as this process: configuration, admin server, start, signals. The first SIGTERM or SIGINT stops it in
 * order within a deadline, or joins the stop under way; the second ends it at once. A bug ends the process after one line:
 * whoever started it starts it anew.
 */
export async function runService(name: ServiceName, build: (context: ServiceContext) => Service): Promise<void> {
  try {
    await run(name, build);
  } catch (error) {
    process.stderr.write(`gapless ${name} cannot start: ${wordsFor(error)}\n`);
    process.exit(error instanceof ConfigError ? exitCodes.badConfig : exitCodes.failed);
  }
}

/** As in sysexits.h where it has one. */
const exitCodes = { failed: 1, bug: 70, badConfig: 78 } as const;

async function run(name: ServiceName, build: (context: ServiceContext) => Service): Promise<void> {
  const config = loadConfig(name);
  const logger = createLogger(name, config.logLevel);
  const metrics = createMetrics(name);
  process.on('uncaughtException', (error) => die(name, logger, error));
  process.on('unhandledRejection', (error) => die(name, logger, error));

  const service = build({ config, logger, metrics, stop: (why) => void stop(why) });
  let phase: 'starting' | 'running' | 'stopping' = 'starting';
  const obstacles = () => (phase === 'running' ? service.obstacles() : [phase, ...service.obstacles()]);
  metrics.gauge('ready', () => (obstacles().length === 0 ? 1 : 0));
  const admin = await startAdminServer({ host: config.adminHost, port: config.adminPort, metrics, obstacles });

  async function stop(why: string): Promise<void> {
    if (phase === 'stopping') return logger.info({ why }, 'stopping already');
    phase = 'stopping';
    logger.info({ why }, 'stopping');
    try {
      await withDeadline('stopping', config.closeDeadlineMs, service.close());
      await admin.close();
      process.exit(0);
    } catch (error) {
      logger.error({ err: error }, 'did not stop in order');
      process.exit(exitCodes.failed);
    }
  }
  let signals = 0;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (++signals > 1) process.exit(exitCodes.failed);
      void stop(signal);
    });
  }

  await start(service, () => phase === 'stopping');
  if (phase !== 'starting') return;
  phase = 'running';
  logger.info({ adminPort: admin.port }, 'ready');
}

/** A start that a signal cut short may fail in any way: the stop decides how the process ends. */
async function start(service: Service, stopping: () => boolean): Promise<void> {
  try {
    await service.start();
  } catch (error) {
    if (!stopping()) throw error;
  }
}

/** A setting or the machine is at fault: one sentence says it. Anything else may be a bug: where it came from helps. */
function wordsFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const foreseen = error instanceof ConfigError || 'syscall' in error;
  return foreseen ? error.message : (error.stack ?? error.message);
}

/** A setting may be read late, behind the start's back: a fault in it is still the operator's, and no bug. */
function die(name: ServiceName, logger: Logger, error: unknown): never {
  if (error instanceof ConfigError) {
    process.stderr.write(`gapless ${name} cannot go on: ${error.message}\n`);
    process.exit(exitCodes.badConfig);
  }
  logger.fatal({ err: error }, 'a bug: stopping');
  process.exit(exitCodes.bug);
}
