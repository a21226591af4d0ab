import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Whatever is registered does not outlive this process, also when it is killed. */
export interface Guardian {
  /** The process must lead its own group. Engines are ended `gently`: asked first, killed after some seconds. */
  watch(pid: number, manner: 'gently' | 'abruptly'): void;
  unwatch(pid: number): void;
  /** Removed at the end, after the processes. */
  watchPath(path: string): void;
  unwatchPath(path: string): void;
}

const script = fileURLToPath(new URL('./guardian-process.js', import.meta.url));
const respawnMs = 1_000;

let shared: Guardian | undefined;

/** One for this process: the death that it waits for is this process's own. */
export function guardianOfThisProcess(): Guardian {
  shared ??= createGuardian();
  return shared;
}

export function createGuardian(): Guardian {
  const registered = new Set<string>();
  let helper = start();

  function start(): ChildProcess {
    const child = spawn(process.execPath, [script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], env: {} });
    child.stdin?.on('error', () => child.kill());
    child.once('error', respawn);
    child.once('exit', respawn);
    child.unref();
    (child.stdin as unknown as { unref(): void }).unref();
    return child;
  }

  /** It was killed: what runs must not be left without a guardian. */
  function respawn(): void {
    setTimeout(() => {
      helper = start();
      for (const line of registered) tell(line);
    }, respawnMs).unref();
  }

  const tell = (line: string): void => void helper.stdin?.write(`${line}\n`);
  const add = (line: string): void => {
    registered.add(line);
    tell(line);
  };
  const remove = (line: string, undo: string): void => {
    if (registered.delete(line)) tell(undo);
  };
  return {
    watch: (pid, manner) => add(manner === 'gently' ? `+${pid} gently` : `+${pid}`),
    unwatch(pid) {
      remove(`+${pid} gently`, `-${pid}`);
      remove(`+${pid}`, `-${pid}`);
    },
    watchPath: (path) => add(`dir ${path}`),
    unwatchPath: (path) => remove(`dir ${path}`, `-dir ${path}`),
  };
}
