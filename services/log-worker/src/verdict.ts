import type { StreamState } from '@gapless/shared/bus';
import type { StreamRecord } from './stream-lease.ts';

export type Verdict =
  /** The stream that MongoDB knows, with every number that was given. */
  | { readonly kind: 'sound'; readonly first: number }
  /** There is none. */
  | { readonly kind: 'missing'; readonly first: number }
  /** The first one of this installation: MongoDB has seen none. */
  | { readonly kind: 'new'; readonly first: number }
  /** Lost and made anew, or an older copy: numbers below `first` may have been given. */
  | { readonly kind: 'set_back'; readonly first: number; readonly drainTo: number };

/** Far beyond what could have been given without MongoDB's or this worker's knowledge. */
export const jump = 1_000_000;

/**
 * What a stream is, by what MongoDB and this worker remember of it. `first` is the lowest number that is safe to give if it
 * has to start over; `drainTo` the last event that it still holds and MongoDB lacks, 0 for none.
 */
export function judge(record: StreamRecord, state: StreamState | undefined, seen: number): Verdict {
  const highest = Math.max(record.seq, record.high, seen);
  const untouched = record.created === '' && highest === 0;
  const first = untouched ? 1 : highest + jump;
  if (state === undefined) return { kind: 'missing', first };
  if (untouched) return { kind: 'new', first };
  if (state.created === record.created && state.last >= highest) return { kind: 'sound', first };
  const lacking = state.first <= state.last && state.last > record.seq;
  return { kind: 'set_back', first, drainTo: lacking ? Math.min(state.last, first - 1) : 0 };
}
