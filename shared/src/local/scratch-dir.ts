import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Guardian, guardianOfThisProcess } from './guardian.ts';

export interface ScratchDir {
  readonly path: string;
  remove(): void;
}

/** A folder that is gone when this process is, however it ends. */
export function createScratchDir(guardian: Guardian = guardianOfThisProcess()): ScratchDir {
  const path = mkdtempSync(join(tmpdir(), 'gapless-'));
  guardian.watchPath(path);
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
      guardian.unwatchPath(path);
    },
  };
}
