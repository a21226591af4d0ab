import { spawn } from 'node:child_process';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  /** Both streams as they came. */
  readonly output: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Runs a program to its end; 127 when there is no such program. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { env = process.env, cwd, input = '', timeoutMs = 120_000 } = options;
  return new Promise((resolve) => {
    const stdio = ['pipe', 'pipe', 'pipe'] as const;
    const child = spawn(command, args, {
      env,
      stdio: [...stdio],
      timeout: timeoutMs,
      ...(cwd !== undefined && { cwd }),
    });
    let [stdout, output] = ['', ''];
    // Whole characters, however the bytes were cut.
    child.stdout.setEncoding('utf8');
    child.stderr.setEncoding('utf8');
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('error', ({ message }) => resolve({ code: 127, stdout, output: `${output}${message}` }));
    child.on('close', (code) => resolve({ code, stdout, output }));
  });
}

/** What the program wrote to its standard output; rejects with the end of all it said when it failed. */
export async function must(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, output } = await run(command, args, options);
  if (code === 0) return stdout;
  throw new Error(`${[command, ...args].join(' ')} failed (${code ?? 'timed out'}):\n${output.slice(-4_000)}`);
}

export const isThere = async (command: string, ...args: string[]): Promise<boolean> =>
  (await run(command, args)).code === 0;
