/**
 * A process of its own that outlives its parent by seconds: it reads what the parent has running from its standard
 * input, and when that ends, for whatever reason, it ends what is still registered and clears the scratch folders.
 * Commands, a line each: `+<pid> [gently]`, `-<pid>`, `dir <path>`, `-dir <path>`.
 */
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';

const gentleMs = 4_000;
const pollMs = 50;

const gentle = new Set<number>();
const abrupt = new Set<number>();
const folders = new Set<string>();

function obey(line: string): void {
  const [, sign, pid, how] = /^([+-])(\d+)(?: (gently))?$/.exec(line) ?? [];
  if (sign === '+') (how === 'gently' ? gentle : abrupt).add(Number(pid));
  else if (sign === '-') {
    gentle.delete(Number(pid));
    abrupt.delete(Number(pid));
  } else if (line.startsWith('dir ')) folders.add(line.slice(4));
  else if (line.startsWith('-dir ')) folders.delete(line.slice(5));
}

/** Each registered process leads a group of its own, so that what it started goes with it. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A process that has ended but that nobody has waited for counts as gone. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return process.platform !== 'linux';
  }
}

/** Engines get the time to close their stores; services lose nothing by being killed. */
async function clear(): Promise<void> {
  for (const pid of abrupt) signal(pid, 'SIGKILL');
  for (const pid of gentle) {
    signal(pid, 'SIGTERM');
    signal(pid, 'SIGCONT');
  }
  const end = Date.now() + gentleMs;
  while (Date.now() < end && [...gentle].some(isRunning)) await wait(pollMs);
  for (const pid of gentle) signal(pid, 'SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => process.stdin.destroy());
const lines = createInterface({ input: process.stdin });
lines.on('line', obey);
process.stdin.on('error', () => lines.close());
process.stdin.on('close', () => lines.close());
lines.once('close', () => void clear());
