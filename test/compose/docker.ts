import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardianOfThisProcess } from '@gapless/shared/local';
import { isThere, must, run } from './program.ts';

/** Docker cannot be had on this machine; the message says why. */
export class NoDocker extends Error {}

export interface Docker {
  /** Environment with which `docker` and its like find the daemon. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the daemon when it was started here. */
  close(): Promise<void>;
}

const startMs = 30_000;

/** The daemon that runs, else one of our own, which keeps its images in the cache for the next time. */
export async function findDocker(cacheDir: string): Promise<Docker> {
  if (await isThere('docker', 'info')) return { env: {}, close: async () => undefined };
  if (process.getuid?.() !== 0) throw new NoDocker('no Docker daemon answers, and only root can start one');
  await install();
  return startDaemon(cacheDir);
}

async function install(): Promise<void> {
  if ((await isThere('dockerd', '--version')) && (await isThere('docker', '--version'))) return;
  if (!(await isThere('apt-get', '--version'))) throw new NoDocker('dockerd is not installed, and this is no Debian');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update'], { env });
  const wanted = ['install', '-y', '--no-install-recommends', 'docker.io', 'iptables'];
  const { code, output } = await run('apt-get', wanted, { env, timeoutMs: 300_000 });
  if (code !== 0) throw new NoDocker(`Debian's docker.io cannot be installed: ${output.slice(-500)}`);
}

async function startDaemon(cacheDir: string): Promise<Docker> {
  const dir = mkdtempSync(join(tmpdir(), 'gapless-docker-'));
  const env = { DOCKER_HOST: `unix://${dir}/docker.sock` };
  const dataRoot = join(cacheDir, 'docker');
  mkdirSync(dataRoot, { recursive: true });
  const log = openSync(join(dir, 'log'), 'w');
  const args = ['--data-root', dataRoot, '--exec-root', join(dir, 'exec'), '--pidfile', join(dir, 'pid')];
  const daemon = spawn('dockerd', [...args, '--host', env.DOCKER_HOST], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  const ended = new Promise<void>((resolve) => {
    daemon.once('exit', () => resolve());
    daemon.once('error', () => resolve());
  });
  if (daemon.pid !== undefined) guardianOfThisProcess().watch(daemon.pid, 'gently');
  const close = async (): Promise<void> => {
    daemon.kill('SIGTERM');
    await ended;
    if (daemon.pid !== undefined) guardianOfThisProcess().unwatch(daemon.pid);
    rmSync(dir, { recursive: true, force: true });
  };
  for (const end = Date.now() + startMs; Date.now() < end && daemon.exitCode === null; ) {
    if ((await run('docker', ['info'], { env: { ...process.env, ...env } })).code === 0) return { env, close };
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const said = readFileSync(join(dir, 'log'), 'utf8').trim().split('\n').slice(-3).join('\n');
  await close();
  throw new NoDocker(`dockerd does not start here:\n${said}`);
}

const composeVersion = '2.40.3';

/** Docker Compose 2 as a command: the one installed, else built from its Go module, once. */
export async function findCompose(cacheDir: string): Promise<readonly string[]> {
  if (/^v?2\./.test((await run('docker', ['compose', 'version', '--short'])).stdout)) return ['docker', 'compose'];
  const built = join(cacheDir, `docker-compose-${composeVersion}`);
  if (await isThere(built, 'version')) return [built];
  if (!(await isThere('go', 'version'))) throw new NoDocker('there is neither Docker Compose 2 nor Go to build it');
  const dir = mkdtempSync(join(tmpdir(), 'gapless-compose-'));
  try {
    const module = 'github.com/docker/compose/v2';
    const options = { cwd: dir, env: { ...process.env, CGO_ENABLED: '0' }, timeoutMs: 600_000 };
    await must('go', ['mod', 'init', 'compose'], options);
    await must('go', ['get', `${module}/cmd@v${composeVersion}`], options);
    const flags = `-s -w -X ${module}/internal.Version=v${composeVersion}`;
    await must('go', ['build', '-trimpath', '-ldflags', flags, '-o', `${built}.new`, `${module}/cmd`], options);
    await must('mv', [`${built}.new`, built]);
  } catch (error) {
    throw new NoDocker(`Docker Compose cannot be built: ${(error as Error).message}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return [built];
}
