import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../runtime/index.ts';

/** What is wrong with one process that a test has started from a program of its own. */
export interface Alterations {
  /** Its clock goes wrong by this, at once. */
  readonly clockShiftMs?: number;
  /** A mechanism that it is without, from its next start on. */
  readonly without?: string;
}

/** Names the folder that holds what is wrong with each process. */
export const alterationsVariable = 'ALTERATIONS_DIR';

/** A process is known by the port of its health and metrics. */
const fileOf = (dir: string, adminPort: number): string => join(dir, `${adminPort}.json`);

/** Whole from one moment to the next: the process may be reading it. */
export function alter(dir: string, adminPort: number, alterations: Alterations): void {
  const file = fileOf(dir, adminPort);
  writeFileSync(`${file}.new`, JSON.stringify(alterations));
  renameSync(`${file}.new`, file);
}

export function alterationsOf(dir: string, adminPort: number): Alterations {
  const file = fileOf(dir, adminPort);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

const lookMs = 100;

/** A clock that jumps when the process is told so. */
export function alteredClock(dir: string, adminPort: number): Clock {
  let shiftMs = 0;
  const look = (): void => {
    shiftMs = alterationsOf(dir, adminPort).clockShiftMs ?? 0;
  };
  look();
  setInterval(look, lookMs).unref();
  return { now: () => Date.now() + shiftMs };
}
