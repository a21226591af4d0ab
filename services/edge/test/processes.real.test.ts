import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { createServer as createSocketServer } from '../src/server.ts';
import { wait } from './start-edge.ts';
import { createTestIssuer } from './tokens.ts';

const script = fileURLToPath(new URL('../src/main.js', import.meta.url));

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

interface Started {
  readonly parent: ChildProcess;
  /** Every process that was started so far. */
  readonly pids: number[];
  readonly adminPort: () => number;
  readonly exited: Promise<number | null>;
}

async function startProcesses(
  t: { teardown(fn: () => void): void },
  env: Record<string, string> = {},
): Promise<Started> {
  const parent = spawn(process.execPath, [script], {
    env: {
      PATH: process.env['PATH'],
      GAPLESS_JWKS_FILE: createTestIssuer(t).jwksFile,
      GAPLESS_EDGE_PORT: String(await freePort()),
      GAPLESS_EDGE_PROCESSES: '2',
      GAPLESS_NATS_URLS: `nats://127.0.0.1:${await freePort()}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pids: number[] = [];
  let adminPort = 0;
  createInterface({ input: parent.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    const { msg, pid, adminPort: port, process: place } = JSON.parse(line);
    if (msg === 'edge process started' && place !== undefined) pids.push(pid);
    if (msg === 'ready' && port !== undefined && pid === parent.pid) adminPort = port;
  });
  const exited = new Promise<number | null>((resolve) => parent.once('exit', resolve));
  t.teardown(() => {
    for (const pid of [parent.pid ?? 0, ...pids]) if (pid > 0 && alive(pid)) process.kill(pid, 'SIGKILL');
  });
  return { parent, pids, adminPort: () => adminPort, exited };
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await check()); await wait(20)) {
    if (Date.now() > end) throw new Error(`never came: ${check}`);
  }
}

t.test('the parent keeps as many as configured, replaces the dead, and takes all of them along in order', async (t) => {
  const { parent, pids, adminPort, exited } = await startProcesses(t);
  await until(() => pids.length === 2 && adminPort() > 0);
  const ready = async () => await (await fetch(`http://127.0.0.1:${adminPort()}/readyz`)).text();
  await until(async () => (await ready()).includes('process 1: waiting for NATS'));
  process.kill(pids[0] as number, 'SIGKILL');
  await until(() => pids.length === 3);
  await until(async () => (await ready()).includes('process 0: waiting for NATS'));
  parent.kill('SIGTERM');
  t.equal(await exited, 0);
  t.same(pids.map(alive), [false, false, false]);
});

t.test('no process outlives a parent that was killed, not even one that was still loading', async (t) => {
  for (const readyFirst of [false, true]) {
    const { parent, pids, adminPort, exited } = await startProcesses(t);
    await until(() => pids.length === 2);
    if (readyFirst) {
      await until(() => adminPort() > 0);
      const ready = async () => await (await fetch(`http://127.0.0.1:${adminPort()}/readyz`)).text();
      await until(async () => !/starting"/.test((await ready()).replace('"starting",', '')));
    }
    parent.kill('SIGKILL');
    await exited;
    await until(() => !pids.some(alive));
  }
});

t.test('a port that a stranger holds stops all of it before it begins', async (t) => {
  const stranger = createServer();
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  t.teardown(() => stranger.close());
  const { port } = stranger.address() as { port: number };
  const { exited, pids } = await startProcesses(t, { GAPLESS_EDGE_PORT: String(port) });
  t.not(await exited, 0);
  t.same(pids, []);
});

t.test('servers share a port only when both are told to', async (t) => {
  const settings = { host: '127.0.0.1', port: await freePort(), maxFrameBytes: 16_384, idleTimeoutMs: 60_000 };
  const server = (shared: boolean) =>
    createSocketServer({ ...settings, shared, maxBufferedBytes: 65_536 }, {} as never);
  const [one, two, alone] = [server(true), server(true), server(false)];
  t.teardown(() => [one, two, alone].map((each) => each.close()));
  t.equal(await one.listen(), settings.port);
  t.equal(await two.listen(), settings.port);
  await t.rejects(alone.listen(), /is taken/);
  t.throws(
    () => createSocketServer({ ...settings, shared: false, idleTimeoutMs: 4_000, maxBufferedBytes: 1 }, {} as never),
    {
      message: /GAPLESS_IDLE_TIMEOUT_MS/,
    },
  );
});
