import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchResult } from './result.ts';

const results = fileURLToPath(new URL('../../../results/', import.meta.url));

/** Says where to, as seen from the repository. */
export function writeResult(name: string, result: BenchResult): string {
  mkdirSync(results, { recursive: true });
  const file = join(results, `${name}-${result.about.at.replaceAll(/[:.]/g, '-')}.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  return file.slice(results.lastIndexOf('bench/'));
}
