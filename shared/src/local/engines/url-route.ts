import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { requireChecksum } from './checksum.ts';
import { download } from './download.ts';
import type { FoundEngine } from './engine.ts';
import { type CachedProgram, placeInCache } from './engine-cache.ts';
import { checkedVersion } from './engine-version.ts';
import { type Route, RouteFailure, type Search } from './route.ts';
import { unpackProgram } from './unpack.ts';

/** The operator's own source. Kept in the cache under its address, so that another address is another engine. */
export const urlRoute: Route = {
  name: 'address in the environment',
  async find(search: Search): Promise<FoundEngine | undefined> {
    if (search.url === '') return undefined;
    const url = parse(search);
    const name = `${search.engine.program}-url-${createHash('sha256').update(url.href).digest('hex').slice(0, 16)}`;
    const cached = join(search.cacheDir, name);
    const source = search.engine.variable;
    if (!(await exists(cached))) return { ...(await fetchInto(search, url, name)), source };
    return { path: cached, version: await checkedVersion(search.engine, cached), source };
  },
};

function parse({ url, engine }: Search): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && ['https:', 'http:', 'file:'].includes(parsed.protocol)) return parsed;
  throw new RouteFailure(`${engine.variable} is no https, http or file address ("${url}")`);
}

function fetchInto(search: Search, url: URL, name: string): Promise<CachedProgram> {
  search.progress(`fetching ${search.engine.program} from ${url.host || 'a file'}`);
  return placeInCache(search, name, async (workDir) => {
    const file = join(workDir, 'download');
    await download(url, file);
    const expected = /sha256=([0-9a-f]{64})/i.exec(url.hash)?.[1];
    if (expected !== undefined) await requireChecksum(file, expected);
    return unpackProgram(file, `/${search.engine.program}`, join(workDir, search.engine.program));
  });
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
