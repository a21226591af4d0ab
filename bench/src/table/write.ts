import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reportHtml } from '../report/html.ts';
import type { BenchResult } from './result.ts';

const results = fileURLToPath(new URL('../../../results/', import.meta.url));

/** As JSON for programs, and beside it as a page for people; says where to, as seen from the repository. */
export function writeResult(name: string, result: BenchResult): string {
  mkdirSync(results, { recursive: true });
  const file = join(results, `${name}-${result.about.at.replaceAll(/[:.]/g, '-')}`);
  writeFileSync(`${file}.json`, `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(`${file}.html`, reportHtml(result));
  return `${file.slice(results.lastIndexOf('bench/'))}.json and .html`;
}
