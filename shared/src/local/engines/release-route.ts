import { basename, join } from 'node:path';
import { cacheName } from './cache-route.ts';
import { requireChecksum } from './checksum.ts';
import { download, downloadText } from './download.ts';
import { machine, type Release } from './engine.ts';
import { type CachedProgram, placeInCache } from './engine-cache.ts';
import { type Route, RouteFailure, type Search } from './route.ts';
import { unpackProgram } from './unpack.ts';

/** The makers' own archive. */
export const releaseRoute: Route = {
  name: 'download from its makers',
  async find(search) {
    const release = search.engine.release();
    if (release === undefined) throw new RouteFailure(`there is no build for this machine (${machine()})`);
    return { ...(await fetchRelease(search, release)), source: new URL(release.url).host };
  },
};

function fetchRelease(search: Search, release: Release): Promise<CachedProgram> {
  const url = new URL(release.url);
  search.progress(`fetching ${search.engine.program} from ${url.host}`);
  return placeInCache(search, cacheName(search.engine, release.version), async (workDir) => {
    const archive = join(workDir, basename(url.pathname));
    const expected = checksumIn(await downloadText(new URL(release.checksumUrl)), basename(url.pathname));
    await download(url, archive);
    await requireChecksum(archive, expected);
    return unpackProgram(archive, release.member, join(workDir, search.engine.program));
  });
}

/** Lines of `<sha256>  <file>`, as sha256sum writes them. */
function checksumIn(text: string, file: string): string {
  const line = text.split('\n').find((each) => each.trim().endsWith(file));
  const sum = /^[0-9a-f]{64}/i.exec(line?.trim() ?? '')?.[0];
  if (sum === undefined) throw new RouteFailure(`no checksum of ${file} is published`);
  return sum;
}
