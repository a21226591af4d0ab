import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createScratchDir, freePorts } from '@gapless/shared/local';
import t from 'tap';
import { readRunFile } from '../src/run-file.ts';

const main = fileURLToPath(new URL('../src/main.js', import.meta.url));
const scratch = createScratchDir();
const dataDir = join(scratch.path, 'data');
const [apiPort = 0, adminApiPort = 0, edgePort = 0] = await freePorts(3);
t.teardown(() => scratch.remove());

interface Launcher {
  readonly child: ChildProcess;
  output(): string;
  says(text: string | RegExp): Promise<void>;
}

function startLauncher(): Launcher {
  const variables = {
    GAPLESS_DATA_DIR: dataDir,
    GAPLESS_API_PORT: apiPort,
    GAPLESS_ADMIN_API_PORT: adminApiPort,
    GAPLESS_EDGE_PORT: edgePort,
    GAPLESS_LOCAL_EDGES: 1,
  };
  const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const child = spawn('/usr/bin/env', [...settings, process.execPath, main], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  t.teardown(() => child.kill('SIGKILL'));
  return {
    child,
    output: () => output,
    async says(text) {
      for (let waited = 0; waited < 60_000; waited += 50) {
        if (output.match(text)) return;
        if (child.exitCode !== null || child.signalCode !== null) break;
        await wait(50);
      }
      throw new Error(`the launcher did not say ${text}, but:\n${output}`);
    },
  };
}

/** Processes that work on the data folder, as their command line or environment shows. */
function pidsOf(pattern: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.map(Number).filter((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
      return `${command}${environment}`.includes(dataDir) && command.includes(pattern);
    } catch {
      return false;
    }
  });
}

/** The lock goes last, when the guardian is through. */
async function nothingRuns(): Promise<boolean> {
  for (let waited = 0; waited < 7_000; waited += 50) {
    if (pidsOf('').length === 0 && !existsSync(join(dataDir, 'launcher.pid'))) return true;
    await wait(50);
  }
  return false;
}

t.test('make run', { skip: process.platform !== 'linux' && 'looks into /proc', timeout: 110_000 }, async (t) => {
  const first = startLauncher();
  await first.says('Gapless is running.');
  const room = readRunFile(dataDir)?.room;

  await t.test('says where everything is and who may try it', async (t) => {
    t.match(first.output(), `http://127.0.0.1:${apiPort}/docs`);
    t.match(first.output(), `ws://127.0.0.1:${edgePort}/ws`);
    t.match(first.output(), `http://127.0.0.1:${apiPort}/outbox`);
    t.equal((await fetch(`http://127.0.0.1:${apiPort}/outbox`)).status, 200);
    t.match(first.output(), 'make chat AS=alice');
    t.match(readRunFile(dataDir), { api: `http://127.0.0.1:${apiPort}`, accounts: [{ name: 'alice' }, {}, {}] });
    t.equal((await fetch(`http://127.0.0.1:${apiPort}/docs`)).status, 200);
    t.equal((await fetch(`http://127.0.0.1:${adminApiPort}/docs`)).status, 200);
  });

  await t.test('is refused a second time on the same data', async (t) => {
    const second = startLauncher();
    const [code] = await once(second.child, 'close');
    t.equal(code, 1);
    t.match(second.output(), `Gapless already runs on ${dataDir} (process ${first.child.pid})`);
  });

  await t.test('heals a service and an engine that crash', async (t) => {
    for (const [program, name] of [
      ['edge/dist', 'edge-1'],
      ['mongod', 'mongo'],
    ] as const) {
      const [pid = 0] = pidsOf(program);
      process.kill(pid, 'SIGKILL');
      await first.says(`${name} runs again`);
      t.match(first.output(), `${name} ended (SIGKILL); starting it again`);
    }
  });

  await t.test('leaves nothing running when it is killed, and the next start takes the same data', async (t) => {
    first.child.kill('SIGKILL');
    const next = startLauncher();
    await next.says('Gapless is running.');
    t.same(readRunFile(dataDir)?.room, room, 'the demo room is the same one');

    next.child.kill('SIGINT');
    const [code] = await once(next.child, 'close');
    t.equal(code, 0);
    t.match(next.output(), '✓ stopping');
    t.ok(await nothingRuns());
    t.notOk(existsSync(join(dataDir, 'run.json')));
  });

  await t.test('leaves nothing running when it is interrupted while it starts', async (t) => {
    const hasty = startLauncher();
    await hasty.says('✓ starting NATS and MongoDB');
    hasty.child.kill('SIGINT');
    await once(hasty.child, 'close');
    t.ok(await nothingRuns());
  });
});
