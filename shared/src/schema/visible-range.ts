import type { RoomAccess } from './membership.ts';

/** Sequences between the two, both exclusive. */
export interface SequenceRange {
  readonly after: number;
  readonly before: number;
}

/** What is open at its upper end, so that it takes in what comes. */
export const noEnd = Number.MAX_SAFE_INTEGER;

/**
 * Which parts of a room a member may read, in rising order, wherever they are read from: ring, log, history. Of a stay whose
 * beginning or end is not in the log yet nothing is known, and nothing shown. Who is not a member may read nothing: ask for
 * members only.
 */
export function visibleRanges({ since, own }: Pick<RoomAccess, 'since' | 'own'>): readonly SequenceRange[] {
  if (own === undefined) return [{ after: 0, before: noEnd }];
  const past = own.map(([from, to]) => ({ after: from - 1, before: to + 1 }));
  return since === 0 ? past : [...past, { after: since - 1, before: noEnd }];
}

export const isVisible = (ranges: readonly SequenceRange[], seq: number): boolean =>
  ranges.some(({ after, before }) => seq > after && seq < before);
