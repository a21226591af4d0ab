import { readFileSync } from 'node:fs';

/** What a process has used since its start. */
export interface ProcessUsage {
  /** User and system time of all its threads. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** The kernel counts in hundredths of a second wherever it tells user space. */
const tickMs = 10;

export const usageOf = (pid: number): ProcessUsage => ({
  cpuMs: cpuMsOf(read(`/proc/${pid}/stat`)),
  rssBytes: rssBytesOf(read(`/proc/${pid}/status`)),
});

export const cpuMsOfAll = (pids: readonly number[]): number =>
  pids.reduce((total, pid) => total + usageOf(pid).cpuMs, 0);

/** Time that all cores together were at work, for whomever. */
export const machineBusyMs = (): number => busyMsOf(read('/proc/stat'));

/** Of `/proc/<pid>/stat`; the name in its parentheses may hold anything, parentheses too. */
export function cpuMsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** Of `/proc/<pid>/status`. */
export function rssBytesOf(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

/** Of `/proc/stat`: everything but idle and waiting for disks; a guest's time is in the user's already. */
export function busyMsOf(stat: string): number {
  const [user, nice, system, , , irq, softirq, steal] = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '').split(' ').map(Number);
  const busy = [user, nice, system, irq, softirq, steal].reduce((total: number, ticks) => total + (ticks ?? 0), 0);
  return busy * tickMs;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (cause) {
    throw new Error(`${path} cannot be read: CPU time is measured on Linux only, of processes that run`, { cause });
  }
}
