import { spawn } from 'node:child_process';

export interface Outcome {
  /** `null`: it could not be started or was ended by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const mostOutput = 64 * 1024;

/** Runs a program to its end and keeps the last of what it said; past the deadline it is killed. Never rejects. */
export function runProgram(command: string, args: readonly string[], deadlineMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    const timer = setTimeout(() => {
      stderr += `\ntook longer than ${deadlineMs} ms`;
      child.kill('SIGKILL');
    }, deadlineMs);
    const finish = (code: number | null) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    };
    child.stdout.on('data', (chunk: Buffer) => {
      stdout = (stdout + chunk).slice(-mostOutput);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk).slice(-mostOutput);
    });
    child.on('error', (error) => {
      stderr += error.message;
      finish(null);
    });
    child.on('close', finish);
  });
}

/** Absolute path of a program on `PATH`, as the shell finds it. */
export async function which(program: string): Promise<string | undefined> {
  const { code, stdout } = await runProgram('/bin/sh', ['-c', 'command -v -- "$1"', 'sh', program], 5_000);
  const path = stdout.trim();
  return code === 0 && path.startsWith('/') ? path : undefined;
}
