import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { must } from '../compose/program.ts';

const cacheDir = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'gapless');

/** Environment in which Python finds that package, fetched once into the cache of the engines. */
export async function pythonWith(name: string, version: string): Promise<Readonly<Record<string, string>>> {
  const dir = join(cacheDir, `${name}-${version}`);
  if (!existsSync(dir)) {
    await mkdir(cacheDir, { recursive: true });
    const partial = `${dir}.${process.pid}`;
    const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', partial, `${name}==${version}`];
    await must('python3', args, { timeoutMs: 300_000 });
    // Whole or not at all, whoever else fetches it now.
    await rename(partial, dir).catch(() => rm(partial, { recursive: true }));
  }
  return { PYTHONPATH: dir };
}
