import type { EventRow } from '@gapless/shared/schema';
import { changeKinds } from './row.ts';

/** The row of an event that is about a message. */
export type Change = EventRow & { readonly m: number };

export const isChange = (row: EventRow): row is Change => changeKinds.has(row.k) && row.m !== undefined;

/** Of several changes of one thing, the others would leave no trace. */
export function newest(changes: readonly Change[], keyOf: (change: Change) => string): Change[] {
  const kept = new Map<string, Change>();
  for (const change of changes) {
    const key = keyOf(change);
    if ((kept.get(key)?.s ?? 0) < change.s) kept.set(key, change);
  }
  return [...kept.values()];
}

export const changesAt = (changes: readonly Change[], positions: readonly number[]): Change[] =>
  positions.flatMap((position) => changes[position] ?? []);
