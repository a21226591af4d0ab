import { gramsVersion } from '@gapless/shared/search';
import { toSearchRow } from './search-projection.ts';
import type { SearchRebuildStore } from './search-store.ts';

export interface SearchRebuildDeps {
  readonly store: SearchRebuildStore;
  /** Leaves the store to others for a while, by how long the last page took. */
  readonly rest: (tookMs: number) => Promise<void>;
  readonly pageEvents?: number;
  /** Whatever was done before. */
  readonly fromStart?: boolean;
}

/**
 * Projects every message anew, while chat goes on: what changes meanwhile has a newer version, and that stays. Broken off it
 * goes on where it was, within a day. Answers how many messages it looked at.
 */
export async function rebuildSearch(
  { store, rest, pageEvents = 500, fromStart = false }: SearchRebuildDeps,
  progress: (messages: number) => void = () => undefined,
): Promise<number> {
  let count = 0;
  let after = fromStart ? '' : await store.reached(gramsVersion);
  for (;;) {
    const begun = performance.now();
    const page = await store.page(after, pageEvents);
    if (page === undefined) break;
    await store.put(page.messages.map(toSearchRow));
    after = page.last;
    await store.noteReached(gramsVersion, after);
    count += page.messages.length;
    progress(count);
    await rest(performance.now() - begun);
  }
  await store.noteRebuilt(gramsVersion);
  return count;
}
