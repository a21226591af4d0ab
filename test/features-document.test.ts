import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commands } from '@gapless/shared/commands';
import { clientFrames } from '@gapless/shared/protocol';
import t from 'tap';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = readFileSync(`${root}docs/features.md`, 'utf8');
const codes = new Set(Array.from(text.matchAll(/`([^`]+)`/g), ([, code = '']) => code));

t.test('every command and every frame of clients is named by a feature', async (t) => {
  for (const name of Object.keys(commands)) {
    const [, short = ''] = name.split('.');
    t.ok(codes.has(name) || codes.has(short), name);
  }
  for (const op of Object.keys(clientFrames)) {
    t.ok(
      [...codes].some((code) => code === op || code.startsWith(`${op} `)),
      op,
    );
  }
});

t.test('every test that is named is there', async (t) => {
  const files = [...codes].filter((code) => /^(services|shared|test|bench)\/.*\.ts$/.test(code));
  t.ok(files.length > 10);
  for (const file of files) t.ok(isThere(`${root}${file}`), file);
});

t.test('every feature names what it is asked for and what shows it', async (t) => {
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !/^\| (---|feature)/.test(line));
  for (const row of rows) t.equal(row.split(/(?<!\\)\|/).length, 5, row.slice(0, 60));
});

/** `*` stands for whatever a name may hold. */
function isThere(path: string): boolean {
  if (!path.includes('*')) return existsSync(path);
  const [before = '', after = ''] = basename(path).split('*');
  return readdirSync(dirname(path)).some((name) => name.startsWith(before) && name.endsWith(after));
}
