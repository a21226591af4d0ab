import type { EventRow } from '@gapless/shared/schema';
import type { Duplicates } from './message-store.ts';

/** What follows from messages that are written and folded. */
export interface Derived {
  /** May be repeated, for the same rows and for some of them. */
  note(rows: readonly EventRow[], duplicates: Pick<Duplicates, 'has'>): Promise<void>;
}
