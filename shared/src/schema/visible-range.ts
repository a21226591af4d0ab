/** Sequences between the two, both exclusive. */
export interface SequenceRange {
  readonly after: number;
  readonly before: number;
}

/** Whether members see what was written before they joined. */
export type EarlierHistory = 'shown' | 'hidden';

/**
 * Which part of a room a member may read, wherever it is read from: history, replay, log. `since` is the sequence of the event
 * that made him a member, 0 until it is in the log. Rooms show their whole history today.
 */
export function visibleRange({ since }: { since: number }, earlier: EarlierHistory = 'shown'): SequenceRange {
  const everything = { after: 0, before: Number.MAX_SAFE_INTEGER };
  if (earlier === 'shown') return everything;
  return { ...everything, after: since === 0 ? Number.MAX_SAFE_INTEGER : since - 1 };
}
