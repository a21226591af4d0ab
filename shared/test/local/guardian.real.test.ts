import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { sleep } from '../../src/runtime/index.ts';

const local = new URL('../../src/local/index.js', import.meta.url).href;

/** A parent that registers a process (which ignores SIGTERM), a gentle one that writes a farewell, and a folder. */
const parentCode = (dir: string) => `
  import { guardianOfThisProcess, startProcess } from ${JSON.stringify(local)};
  const sh = (name, script, manner) =>
    startProcess({ name, command: '/bin/sh', args: ['-c', script], env: { PATH: '/usr/bin:/bin' }, logFile: ${JSON.stringify(dir)} + '/' + name + '.log', manner });
  const stubborn = await sh('stubborn', 'trap "" TERM; while :; do sleep 0.1; done', 'abruptly');
  const engine = await sh('engine', 'trap "echo closed; exit 0" TERM; while :; do sleep 0.1; done', 'gently');
  guardianOfThisProcess().watchPath(${JSON.stringify(join(dir, 'scratch'))});
  console.log(JSON.stringify([stubborn.pid, engine.pid]));
  setInterval(() => {}, 1000);
`;

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z');
  } catch {
    return false;
  }
};

async function startParent(dir: string): Promise<{ parent: ChildProcess; pids: number[] }> {
  mkdirSync(join(dir, 'scratch'));
  const parent = spawn(process.execPath, ['--input-type=module', '-e', parentCode(dir)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: parent.stdout as NodeJS.ReadableStream }), 'line');
  return { parent, pids: JSON.parse(line as string) };
}

async function allGone(pids: readonly number[], path: string): Promise<boolean> {
  for (let waited = 0; waited < 6_000; waited += 50) {
    if (!pids.some(lives) && !existsSync(path)) return true;
    await sleep(50);
  }
  return false;
}

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  t.test(`nothing outlives a parent that ended by ${signal}`, async (t) => {
    const dir = t.testdir();
    const { parent, pids } = await startParent(dir);
    t.ok(pids.every(lives), 'both run');
    parent.kill(signal);
    t.ok(await allGone(pids, join(dir, 'scratch')), 'processes and folder are gone');
    t.match(readFileSync(join(dir, 'engine.log'), 'utf8'), 'closed', 'the engine was asked and closed in order');
  });
}
