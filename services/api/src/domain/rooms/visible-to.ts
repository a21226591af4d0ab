import { type SequenceRange, visibleRanges } from '@gapless/shared/schema';
import type { Membership } from './room-store.ts';

/** Which parts of a room a member may read, wherever they are read from; edges replay by the same rule. */
export function visibleTo({ since, history, past }: Membership): readonly SequenceRange[] {
  if (history === 'all') return visibleRanges({ since });
  const known = past.filter(({ from, to }) => from > 0 && to > 0);
  return visibleRanges({ since, own: known.map(({ from, to }) => [from, to] as const) });
}
