import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const mostBytes = 20 * 1024 * 1024;
const tailBytes = 16 * 1024;

/** Opens for appending; what earlier runs wrote is kept once more and then dropped, so that it does not grow for ever. */
export function openLogFile(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path) && statSync(path).size > mostBytes) renameSync(path, `${path}.1`);
  return openSync(path, 'a');
}

export function lastLines(path: string, count = 15): string {
  if (!existsSync(path)) return '';
  const file = openSync(path, 'r');
  try {
    const start = Math.max(0, fstatSync(file).size - tailBytes);
    const buffer = Buffer.alloc(tailBytes);
    const bytes = readSync(file, buffer, 0, tailBytes, start);
    return buffer.toString('utf8', 0, bytes).trimEnd().split('\n').slice(-count).join('\n');
  } finally {
    closeSync(file);
  }
}
