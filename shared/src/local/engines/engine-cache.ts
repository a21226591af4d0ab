import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { checkedVersion } from './engine-version.ts';
import { RouteFailure, type Search } from './route.ts';

const abandonedMs = 3_600_000;

export const engineCacheDir = (cacheHome: string): string =>
  join(cacheHome === '' ? join(homedir(), '.cache') : cacheHome, 'gapless', 'engines');

export interface CachedProgram {
  readonly path: string;
  readonly version: string;
}

/**
 * Puts a program into the cache under `name`. `fill` works in a folder of its own and returns the finished file, which
 * appears in one step once it was seen to run: whoever looks at the same time sees the whole program or none.
 */
export async function placeInCache(
  { cacheDir, engine }: Search,
  name: string,
  fill: (workDir: string) => Promise<string>,
): Promise<CachedProgram> {
  const workDir = join(cacheDir, `.fetch-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await mkdir(workDir, { recursive: true });
    return await fillAndPlace(cacheDir, workDir, name, engine, fill);
  } catch (error) {
    throw asRouteFailure(error, cacheDir);
  }
}

async function fillAndPlace(
  cacheDir: string,
  workDir: string,
  name: string,
  engine: Engine,
  fill: (workDir: string) => Promise<string>,
): Promise<CachedProgram> {
  try {
    await removeAbandoned(cacheDir);
    const file = await fill(workDir);
    await chmod(file, 0o755);
    await flush(file);
    const version = await checkedVersion(engine, file);
    const path = join(cacheDir, name);
    await rename(file, path);
    return { path, version };
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** A power cut right after the rename must not leave an empty program. */
async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.sync();
  await file.close();
}

/** What a killed process left behind; a running one finishes long before. */
async function removeAbandoned(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!name.startsWith('.fetch-')) continue;
    const path = join(cacheDir, name);
    const info = await stat(path).catch(() => undefined);
    if (info !== undefined && Date.now() - info.mtimeMs > abandonedMs) await rm(path, { recursive: true, force: true });
  }
}

function asRouteFailure(error: unknown, cacheDir: string): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new RouteFailure(`the disk that holds ${cacheDir} is full: free some 300 MB and start again`);
    case 'EACCES':
    case 'EROFS':
    case 'EPERM':
    case 'ENOTDIR':
      return new RouteFailure(`${cacheDir} is not writable: set XDG_CACHE_HOME to a folder that is`);
    default:
      return error;
  }
}
