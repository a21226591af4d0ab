import { spawn } from 'node:child_process';
import { closeSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { DeadlineError, withDeadline } from '../runtime/index.ts';
import { type Guardian, guardianOfThisProcess } from './guardian.ts';
import { openLogFile } from './log-file.ts';

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the process: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes its output. */
  readonly logFile: string;
  /** How the guardian ends it when this process dies. */
  readonly manner: 'gently' | 'abruptly';
  /** How far it stands back where others want the same cores, from 0 to 19; left out: not at all. */
  readonly niceness?: number;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One run of a program. It leads a process group, so that a Ctrl-C in the terminal reaches only whoever manages it. */
export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  readonly running: boolean;
  readonly exited: Promise<ProcessExit>;
  /** `SIGKILL` takes along what the process started. */
  kill(signal?: NodeJS.Signals): void;
  /** Asks, and kills past the deadline; resolves when it is gone. */
  stop(deadlineMs?: number): Promise<ProcessExit>;
  pause(): void;
  resume(): void;
}

const stopMs = 12_000;
/** What somebody is waiting for goes first: senders for edges and NATS, nobody for what is written behind them. */
export const behindOthers = 5;

export async function startProcess(
  options: ProcessOptions,
  guardian: Guardian = guardianOfThisProcess(),
): Promise<ManagedProcess> {
  const { name, command, args, env, logFile, manner, niceness } = options;
  const log = openLogFile(logFile);
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Error(`${name} cannot be started: ${error.message}`)));
  });
  const pid = child.pid as number;
  if (niceness !== undefined) standBack(pid, niceness);
  guardian.watch(pid, manner);
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => {
      signalGroup(pid, 'SIGKILL');
      guardian.unwatch(pid);
      resolve({ code, signal });
    });
  });
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const kill = (signal: NodeJS.Signals = 'SIGKILL') => {
    if (!isRunning()) return;
    if (signal === 'SIGTERM' || signal === 'SIGINT') process.kill(pid, signal);
    else signalGroup(pid, signal);
  };
  const resume = () => kill('SIGCONT');
  return {
    name,
    pid,
    exited,
    kill,
    resume,
    pause: () => kill('SIGSTOP'),
    get running() {
      return isRunning();
    },
    async stop(deadlineMs = stopMs) {
      kill('SIGTERM');
      resume();
      try {
        return await withDeadline(`stopping ${name}`, deadlineMs, exited);
      } catch (error) {
        if (!(error instanceof DeadlineError)) throw error;
        kill('SIGKILL');
        return exited;
      }
    },
  };
}

/** Before it has threads: they inherit it. */
function standBack(pid: number, niceness: number): void {
  setPriority(pid, niceness);
  try {
    // Where Linux weighs sessions, of which each of our processes leads one, niceness alone counts only within them.
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
  } catch {
    // This system weighs no sessions, or lets nobody say how.
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
