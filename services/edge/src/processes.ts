import { type ChildProcess, fork } from 'node:child_process';
import { createServer } from 'node:net';
import { ConfigError, environmentWith } from '@gapless/shared/config';
import { backoffMs, type Logger, type Service, type ServiceContext, sleep } from '@gapless/shared/runtime';

const childArgument = '--one-of-many';
const restart = { firstMs: 250, maxMs: 10_000 };
/** A process that ran this long before it crashed is started again without a wait that grew. */
const steadyMs = 30_000;
const reportMs = 500;

interface Report {
  readonly obstacles: readonly string[];
}

/** Whether this process is one of those that share the port. */
export const isChild = (argv: readonly string[] = process.argv): boolean => argv.includes(childArgument);

/** In a child: tells the parent how it does, and stops in order when the parent is gone. */
export function asChild(service: Service): Service {
  const report = setInterval(() => {
    if (process.connected) process.send?.({ obstacles: service.obstacles() } satisfies Report);
  }, reportMs).unref();
  const orphaned = (): void => {
    clearInterval(report);
    process.kill(process.pid, 'SIGTERM');
  };
  // A parent that died while this process was loading leaves no event behind.
  if (process.connected) process.once('disconnect', orphaned);
  else orphaned();
  return service;
}

/** Runs as many edges on one port as configured: a native abort then takes one of them, not all. */
export function createProcesses({ config, logger }: ServiceContext, deps: { script: string }): Service {
  const { edgeHost, edgePort, edgeProcesses, adminPort } = config;
  const stopped = new AbortController();
  const places = Array.from({ length: edgeProcesses }, (_, index) => {
    const changes = adminPort === 0 ? {} : { adminPort: adminPort + 1 + index };
    const start = () =>
      fork(deps.script, [childArgument], { env: environmentWith(changes), detached: true, serialization: 'json' });
    return createPlace({ index, start, logger, signal: stopped.signal });
  });

  return {
    start: async () => {
      if (edgePort === 0) throw new ConfigError('GAPLESS_EDGE_PORT must name a port that the processes can share');
      await refuseTaken(edgeHost, edgePort);
      for (const place of places) place.run();
    },
    close: async () => {
      stopped.abort();
      await Promise.all(places.map((place) => place.ended()));
    },
    obstacles: () => places.flatMap((place) => place.obstacles()),
  };
}

interface PlaceDeps {
  readonly index: number;
  readonly start: () => ChildProcess;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** The place of one process, whichever holds it at the time. */
function createPlace({ index, start, logger, signal }: PlaceDeps) {
  let obstacles: readonly string[] = ['starting'];
  let running: Promise<void> = Promise.resolve();

  const once = async (): Promise<void> => {
    const child = start();
    logger.info({ process: index, pid: child.pid }, 'edge process started');
    const stop = () => void child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    child.on('message', (report: Report) => {
      obstacles = report.obstacles;
    });
    const how = await exitOf(child);
    signal.removeEventListener('abort', stop);
    obstacles = ['restarting'];
    if (!signal.aborted) logger.error({ process: index, ...how }, 'an edge process ended: starting another');
  };

  const keep = async (): Promise<void> => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      const startedAt = Date.now();
      await once();
      if (Date.now() - startedAt > steadyMs) attempt = 0;
      await sleep(backoffMs(attempt, restart), signal);
    }
  };

  return {
    run: () => {
      running = keep();
    },
    ended: () => running,
    obstacles: () => obstacles.map((obstacle) => `process ${index}: ${obstacle}`),
  };
}

const exitOf = (child: ChildProcess): Promise<{ code: number | null; signal: string | null }> =>
  new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });

/** Those who share a port do not notice a stranger on it: looked for once, before the first of them starts. */
function refuseTaken(host: string, port: number): Promise<void> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', () => reject(new ConfigError(`port ${port} of ${host} is taken or not ours to use`)));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}
