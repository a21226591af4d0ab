import type { Logger } from '@gapless/shared/runtime';
import { type EventRow, eventRowId, type SearchRow } from '@gapless/shared/schema';
import { authorGram, gramsOf, gramsVersion } from '@gapless/shared/search';
import type { Derived } from './derived.ts';
import type { SearchableMessage, SearchRebuildStore, SearchStore } from './search-store.ts';

/** Keeps what messages are found by, as their texts say now. */
export interface SearchProjection extends Derived {
  prepare(): Promise<void>;
  /** May be repeated, in whatever order: what messages say now counts. */
  note(rows: readonly EventRow[]): Promise<void>;
  /** Some rows can no longer be noted: workers say that a rebuild is due until there was one. */
  noteMissed(): Promise<void>;
}

export interface SearchProjectionDeps {
  readonly store: SearchStore & Pick<SearchRebuildStore, 'rulesOfAll' | 'forgetRules'>;
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
    async note(rows) {
      const ids = [...new Set(rows.flatMap(touched))];
      if (ids.length === 0) return;
      // What they say now, not what this batch says: they may have been written, and changed, long ago.
      const now = (await store.messages(ids)).map(toSearchRow);
      if (now.length === 0) return;
      const known = new Set(await store.add(now));
      await store.put(now.filter(({ _id }) => known.has(_id)));
    },
    noteMissed: store.forgetRules,
  };
}

/** Id of the message that the row is, or changes. */
function touched({ _id, k, r, m }: EventRow): string[] {
  if (k === 'msg') return [_id];
  return (k === 'edit' || k === 'del') && m !== undefined ? [eventRowId(r, m)] : [];
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
