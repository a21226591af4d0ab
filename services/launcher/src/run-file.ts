import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DemoAccount {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** What a running system tells other programs of this machine: where it is and who may try it. */
export interface RunFile {
  readonly pid: number;
  readonly api: string;
  readonly docs: string;
  /** The admin API. */
  readonly admin: string;
  /** Page that shows mails; absent where they are sent. */
  readonly outbox?: string;
  readonly edges: readonly string[];
  readonly accounts: readonly DemoAccount[];
  readonly room: { readonly id: string; readonly number: number; readonly name: string };
}

export const runFilePath = (dataDir: string): string => join(dataDir, 'run.json');

/** Readers see the whole file or none. It holds passwords of demo accounts: for this user only. */
export function writeRunFile(dataDir: string, content: RunFile): void {
  const path = runFilePath(dataDir);
  writeFileSync(`${path}.new`, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** `undefined`: nothing runs on this folder. */
export function readRunFile(dataDir: string): RunFile | undefined {
  try {
    return JSON.parse(readFileSync(runFilePath(dataDir), 'utf8')) as RunFile;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export const removeRunFile = (dataDir: string): void => rmSync(runFilePath(dataDir), { force: true });
