import { backoffMs, DeadlineError, sleep, withDeadline } from '../runtime/index.ts';
import { lastLines } from './log-file.ts';
import { type ManagedProcess, type ProcessExit, type ProcessOptions, startProcess } from './managed-process.ts';

/** A program at an address: it may be killed and come back at the same place, with the same store. */
export interface LocalProgram {
  readonly name: string;
  running(): boolean;
  /** Of the last run. */
  pid(): number;
  readonly logFile: string;
  /** Resolves when it is ready for work. */
  start(): Promise<void>;
  /** In order. */
  stop(): Promise<void>;
  /** Resolves when the process is gone; its store stays as it was. */
  kill9(): Promise<void>;
  /** Ends it, unless it is gone already, and starts it again. */
  restart(): Promise<void>;
  pause(): void;
  resume(): void;
}

/** A program could not be brought up; the message holds what it said itself. */
export class StartFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StartFailure';
  }
}

export interface Supervisor {
  crashed(name: string, exit: ProcessExit, retryMs: number): void;
  failed(name: string, error: Error): void;
  healed(name: string): void;
}

export interface ProgramOptions {
  readonly process: ProcessOptions;
  readonly readyDeadlineMs: number;
  /** Given, a crash is followed by a new start; left out, whoever holds the program decides. */
  readonly supervisor?: Supervisor;
  /** Resolves when it can work; `signal` aborts when there is no point in waiting on. */
  ready(signal: AbortSignal): Promise<void>;
  /** What the program itself says is in the way, for the message when it does not get ready. */
  obstacles?(): Promise<string>;
}

const restartBackoff = { firstMs: 250, maxMs: 15_000 };
/** A run that lasted this long was a good one: the next crash is retried at once again. */
const goodRunMs = 30_000;

export function createLocalProgram(options: ProgramOptions): LocalProgram {
  const { name, logFile } = options.process;
  let current: ManagedProcess | undefined;
  let wanted: AbortController | undefined;

  /** One run, up to the moment in which it is ready. */
  async function launch(lifetime: AbortController): Promise<void> {
    const started = await startProcess(options.process);
    current = started;
    if (lifetime.signal.aborted) started.kill('SIGKILL');
    await becomeReady(started);
    if (options.supervisor !== undefined) void supervise(started, lifetime);
  }

  async function becomeReady(started: ManagedProcess): Promise<void> {
    const abort = new AbortController();
    const early = started.exited.then(({ code, signal }) => {
      throw new Error(`${name} ended before it was ready (${signal ?? `code ${code}`})`);
    });
    try {
      const ready = Promise.race([options.ready(abort.signal), early]);
      await withDeadline(`waiting for ${name}`, options.readyDeadlineMs, ready);
    } catch (error) {
      const obstacles = error instanceof DeadlineError ? await options.obstacles?.() : undefined;
      await started.stop(2_000);
      throw new StartFailure(explain(error as Error, obstacles));
    } finally {
      abort.abort();
      early.catch(() => undefined);
    }
  }

  function explain(error: Error, obstacles: string | undefined): string {
    const reason = obstacles ? `${error.message}: ${obstacles}` : error.message;
    return `${reason}\nlast lines of ${logFile}:\n${lastLines(logFile)}`;
  }

  /** After a crash: tries until it is ready again or not wanted any more. */
  async function supervise(run: ManagedProcess, lifetime: AbortController): Promise<void> {
    const startedAt = Date.now();
    let exit = await run.exited;
    for (let attempt = Date.now() - startedAt > goodRunMs ? 0 : 2; !lifetime.signal.aborted; attempt++) {
      const retryMs = Math.round(backoffMs(attempt, restartBackoff));
      options.supervisor?.crashed(name, exit, retryMs);
      await sleep(retryMs, lifetime.signal);
      if (lifetime.signal.aborted) return;
      try {
        await launch(lifetime);
        options.supervisor?.healed(name);
        return;
      } catch (error) {
        exit = (await current?.exited) ?? exit;
        options.supervisor?.failed(name, error as Error);
      }
    }
  }

  const program: LocalProgram = {
    name,
    logFile,
    async start() {
      if (current?.running) throw new Error(`${name} runs already`);
      wanted = new AbortController();
      await launch(wanted);
    },
    running: () => current?.running ?? false,
    pid() {
      if (current === undefined) throw new Error(`${name} was not started`);
      return current.pid;
    },
    async stop() {
      wanted?.abort();
      await current?.stop();
    },
    async kill9() {
      wanted?.abort();
      current?.kill('SIGKILL');
      await current?.exited;
    },
    async restart() {
      await program.stop();
      await program.start();
    },
    pause: () => current?.pause(),
    resume: () => current?.resume(),
  };
  return program;
}
