import type { EventRow } from '@gapless/shared/schema';

/** Which files messages carry: what nothing carries any more is collected. Every write may be repeated. */
export interface FileUses {
  /** Of messages that are written what they carry is in use; of those that are deleted it is not. */
  note(rows: readonly EventRow[]): Promise<void>;
}
