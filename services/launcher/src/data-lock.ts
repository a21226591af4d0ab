import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Refusal } from './refusal.ts';

export interface DataLock {
  readonly path: string;
  release(): void;
}

/** A killed launcher's guardian takes up to 5 s to end the engines, and removes the lock when it is through. */
const afterKillMs = 8_000;
const settleMs = 50;

/** One launcher at a time on a folder: two mongod on one store would ruin it. */
export async function lockData(dataDir: string, waitMs = afterKillMs): Promise<DataLock> {
  const path = join(dataDir, 'launcher.pid');
  const mine = `${process.pid}\n`;
  const giveUp = Date.now() + waitMs;
  while (!create(path, mine)) {
    const holder = holderOf(path);
    if (holder !== undefined && runs(holder)) {
      throw new Refusal(
        `Gapless already runs on ${dataDir} (process ${holder}): use it, or stop it with Ctrl-C there.`,
      );
    }
    if (Date.now() > giveUp) await takeOver(path, mine);
    else await wait(settleMs);
  }
  return { path, release: () => rmSync(path, { force: true }) };
}

function create(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readFileSync(path, 'utf8') === content;
  }
}

/** Left behind by a machine that lost power. Of two that take it over, the later one has it. */
async function takeOver(path: string, content: string): Promise<void> {
  writeFileSync(`${path}.${process.pid}`, content);
  renameSync(`${path}.${process.pid}`, path);
  await wait(settleMs);
}

function holderOf(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

function runs(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isAnotherProgram(pid);
}

/** After a restart of the machine the number may be somebody else's; only Linux tells cheaply. */
function isAnotherProgram(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('launcher');
  } catch {
    return process.platform === 'linux';
  }
}
