import type { RoomId } from '@gapless/shared/schema';
import { fitting } from '../messages/fitting.ts';
import type { EventStore, Range, StoredEvent } from './event-store.ts';
import type { MessageRows } from './message-rows.ts';
import { isOf, type UnwrittenEvents } from './unwritten-events.ts';

export interface EventRange {
  /** In rising order. */
  readonly events: readonly StoredEvent[];
  /** No written event of the room between the start of the range and here is missing from `events`. */
  readonly upTo: number;
  /** All of the room up to there is written. */
  readonly watermark: number;
}

/**
 * Every event of a room as it is written, with its own number: what the log does not hold any more is read from here. Of a
 * message whose deletion is not written yet the text is left out as well; rejects with `log_unavailable` when nobody can say, or
 * so much of the room is not written that it would take too long. `head`: an event of the room that is known of.
 */
export type ReadRange = (room: RoomId, range: Range, limit: number, head?: number) => Promise<EventRange>;

/** An answer must fit a message of the bus, escapes included. */
const maxChars = 200_000;

export interface ReadRangeDeps {
  readonly events: Pick<EventStore, 'range'>;
  readonly rows: Pick<MessageRows, 'watermark'>;
  readonly unwritten: UnwrittenEvents;
  readonly withoutDeleted: WithoutDeleted;
}

/** The events without what was written in these messages, which are deleted. */
export type WithoutDeleted = (events: readonly StoredEvent[], deleted: ReadonlySet<number>) => readonly StoredEvent[];

export function createReadRange({ events, rows, unwritten, withoutDeleted }: ReadRangeDeps): ReadRange {
  return async (room, range, limit, head) => {
    const watermark = await rows.watermark(room);
    const [written, changes] = await Promise.all([events.range(room, range, limit), unwritten(room, watermark, head)]);
    const found = withoutDeleted(written, new Set(changes.filter(isOf('del')).map(({ event }) => event.m)));
    const fit = fitting(found, maxChars, ({ raw }) => raw.length);
    const whole = found.length < limit && fit.length === found.length;
    return { events: fit, upTo: whole ? range.before - 1 : (fit.at(-1)?.seq ?? range.after), watermark };
  };
}
