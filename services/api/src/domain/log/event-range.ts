import type { RoomId } from '@gapless/shared/schema';
import { fitting } from '../messages/fitting.ts';
import type { EventStore, Range, StoredEvent } from './event-store.ts';

export interface EventRange {
  /** In rising order. */
  readonly events: readonly StoredEvent[];
  /** No written event of the room between the start of the range and here is missing from `events`. */
  readonly upTo: number;
}

/** Every event of a room as it is written, with its own number: what the log does not hold any more is read from here. */
export type ReadRange = (room: RoomId, range: Range, limit: number) => Promise<EventRange>;

/** An answer must fit a message of the bus, escapes included. */
const maxChars = 200_000;

export function createReadRange(events: Pick<EventStore, 'range'>): ReadRange {
  return async (room, range, limit) => {
    const found = await events.range(room, range, limit);
    const fit = fitting(found, maxChars, ({ raw }) => raw.length);
    const whole = found.length < limit && fit.length === found.length;
    return { events: fit, upTo: whole ? range.before - 1 : (fit.at(-1)?.seq ?? range.after) };
  };
}
