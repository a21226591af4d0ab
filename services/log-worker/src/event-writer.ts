import type { LoggedEvent } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { EventRow } from '@gapless/shared/schema';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import type { Derived } from './derived.ts';
import { lastMessages, type MessageStore } from './message-store.ts';
import { readEvent } from './row.ts';

export interface Written {
  readonly rows: number;
  /** Had landed before under another number. */
  readonly duplicates: number;
  readonly letters: readonly DeadLetter[];
  /** When its oldest event was made, by the clock of who took it in. */
  readonly oldestAt?: Date | undefined;
}

/**
 * Brings events of whole rooms into MongoDB, in their order, and sets aside what can never be written. May be repeated.
 * `patient`: a change whose message is not there is `store_unavailable` and not set aside. Its message is numbered below
 * it, so it was written before; whoever misses it looks again before he gives up.
 */
export type WriteEvents = (
  stream: string,
  events: readonly LoggedEvent[],
  options: { patient: boolean },
) => Promise<Written>;

export function createEventWriter(deps: {
  store: MessageStore;
  /** In this order. */
  derived: readonly Derived[];
  deadLetters: Pick<DeadLetters, 'put'>;
}): WriteEvents {
  const { store, derived, deadLetters } = deps;
  return async (stream, events, { patient }) => {
    const { rows: readable, letters } = sorted(events);
    const { duplicates, refused } = await store.write(readable);
    const rows = refused.size === 0 ? readable : readable.filter(({ s }) => !refused.has(s));
    await store.noteLast(lastMessages(rows, duplicates));
    const folded = await store.fold(rows);
    if (folded.orphans.size > 0 && patient) throw new Failure('store_unavailable', { detail: 'no target yet' });
    for (const event of events) {
      if (refused.has(event.seq) || folded.refused.has(event.seq)) letters.push({ event, reason: 'refused' });
      else if (folded.orphans.has(event.seq)) letters.push({ event, reason: 'no_target' });
    }
    for (const part of derived) await part.note(rows, duplicates);
    await store.hide(rows, duplicates);
    await deadLetters.put(stream, letters);
    return { rows: rows.length, duplicates: duplicates.size, letters, oldestAt: rows[0]?.at };
  };
}

function sorted(events: readonly LoggedEvent[]): { rows: EventRow[]; letters: DeadLetter[] } {
  const rows: EventRow[] = [];
  const letters: DeadLetter[] = [];
  for (const event of events) {
    const read = readEvent(event);
    if ('row' in read) rows.push(read.row);
    else letters.push({ event, reason: read.reason });
  }
  return { rows, letters };
}
