import type { Logger } from '@gapless/shared/runtime';
import { type EventRow, eventRowId, type SearchRow } from '@gapless/shared/schema';
import { authorGram, gramsOf, gramsVersion } from '@gapless/shared/search';
import type { Derived } from './derived.ts';
import type { Duplicates } from './message-store.ts';
import type { SearchableMessage, SearchRebuildStore, SearchStore } from './search-store.ts';

/** Keeps what messages are found by, as their texts say now. */
export interface SearchProjection extends Derived {
  prepare(): Promise<void>;
}

export interface SearchProjectionDeps {
  readonly store: SearchStore & Pick<SearchRebuildStore, 'rulesOfAll'>;
  readonly logger: Pick<Logger, 'warn'>;
}

export function createSearchProjection({ store, logger }: SearchProjectionDeps): SearchProjection {
  let isLookedAt = false;

  async function lookAtRules(): Promise<void> {
    const rules = await store.rulesOfAll(gramsVersion);
    if (rules !== gramsVersion && !isLookedAt) {
      logger.warn({ rules, wanted: gramsVersion }, 'older messages are not found yet: run `npm run rebuild-search`');
    }
    isLookedAt = true;
  }

  return {
    async prepare() {
      await store.prepare();
      await lookAtRules();
    },
    async note(rows, duplicates) {
      const { fresh, changed } = touched(rows, duplicates);
      const known = fresh.length === 0 ? [] : await store.add(fresh.map(toSearchRow));
      const again = [...known, ...changed];
      // What they say now, not what this batch says: they may have been written, and changed, long ago.
      if (again.length > 0) await store.put((await store.messages(again)).map(toSearchRow));
    },
  };
}

function touched(rows: readonly EventRow[], duplicates: Pick<Duplicates, 'has'>) {
  const changed = new Set<string>();
  for (const { k, r, m } of rows) if ((k === 'edit' || k === 'del') && m !== undefined) changed.add(eventRowId(r, m));
  const fresh = rows.flatMap(({ _id: id, r: room, s: seq, u: author, at, cur, ver: version }): SearchableMessage[] => {
    if (cur === undefined || changed.has(id) || duplicates.has(seq)) return [];
    return [{ id, room, seq, author, at, text: cur.text, version }];
  });
  return { fresh, changed };
}

export const toSearchRow = ({ id, room, seq, author, at, text, version }: SearchableMessage): SearchRow => ({
  _id: id,
  r: room,
  s: seq,
  at,
  g: text === undefined ? [] : [authorGram(author), ...gramsOf(text)],
  ver: version,
  gv: gramsVersion,
});
