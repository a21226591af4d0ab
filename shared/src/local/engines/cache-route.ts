import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { checkedVersion } from './engine-version.ts';
import type { Route } from './route.ts';
import { exists } from './url-route.ts';

export const cacheName = (engine: Engine, version: string): string => `${engine.program}-${version}`;

/** What pip or the makers' archive put there before: one program for each pinned version. */
export const cacheRoute: Route = {
  name: 'cache',
  async find({ engine, cacheDir }) {
    for (const version of [engine.wheel.holds, engine.release()?.version]) {
      const path = join(cacheDir, cacheName(engine, version ?? engine.wheel.holds));
      if (await exists(path)) return { path, version: await checkedVersion(engine, path), source: 'cache' };
    }
    return undefined;
  },
};
