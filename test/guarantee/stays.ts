import type { LoggedEvent } from './evidence.ts';

/** Kinds of changes that make somebody a member, and that end it. */
export const entries: ReadonlySet<string> = new Set(['join', 'add']);
export const departures: ReadonlySet<string> = new Set(['leave', 'remove', 'ban']);

/** From the event that made a user a member to the one that ended it, both included. */
export interface Stay {
  readonly from: number;
  readonly to: number;
  /** When it began, by the clock of the api. */
  readonly began: number;
}

/** A user's stays in a room, as the log tells them. */
export function staysOf(log: readonly LoggedEvent[], user: string): readonly Stay[] {
  const stays: Stay[] = [];
  let open: Pick<Stay, 'from' | 'began'> | undefined;
  for (const { t, op = '', us, s, at } of log) {
    if (t !== 'mem' || !us?.includes(user)) continue;
    if (entries.has(op)) open ??= { from: s, began: at };
    else if (open !== undefined && departures.has(op)) {
      stays.push({ ...open, to: s });
      open = undefined;
    }
  }
  return open === undefined ? stays : [...stays, { ...open, to: Number.MAX_SAFE_INTEGER }];
}

export const isWithin = (stays: readonly Stay[], s: number): boolean =>
  stays.some(({ from, to }) => s >= from && s <= to);
