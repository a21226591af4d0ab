import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Spread } from '../row.ts';

/** What a tree cost when somebody last said that it may cost that. */
export interface Baseline {
  readonly at: string;
  readonly machine: string;
  readonly commit: string;
  /** By key: ours to the reference, less is better. */
  readonly ratios: Readonly<Record<string, Spread>>;
}

const file = fileURLToPath(new URL('../../../results/baseline.json', import.meta.url));

export function readBaseline(): Baseline {
  if (!existsSync(file)) throw new Error(`there is no ${file}: make bench-guard UPDATE=1 writes it`);
  return JSON.parse(readFileSync(file, 'utf8')) as Baseline;
}

export function writeBaseline(baseline: Baseline): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(baseline, null, 2)}\n`);
}
