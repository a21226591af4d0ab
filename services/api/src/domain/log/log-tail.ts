import { type ChangeEvent, isChange, type RoomEvent, type RoomId } from '@gapless/shared/schema';
import type { Message, MessagePage, Range } from './event-store.ts';

export interface LoggedEvent<E extends RoomEvent = RoomEvent> {
  readonly event: E;
  /** The event's JSON text. */
  readonly raw: string;
  readonly seq: number;
}

/**
 * The part of a room that the log worker has not written yet. A range must end at or below the head: an answer that ends
 * before it is not believed, but rejected with `log_unavailable`.
 */
export interface LogTail {
  /** Newest sequence of the room in the log, 0 when it holds none. `known`: one that a replica which is asked may not know of. */
  head(room: RoomId, known?: number): Promise<number>;
  /** Every event of the range that a reader can make sense of, in ascending order. */
  walk(room: RoomId, range: Range): AsyncIterable<LoggedEvent>;
  /** The event of that number, as the stream's leader has it; `undefined` when the log does not hold it. */
  read(room: RoomId, seq: number): Promise<LoggedEvent | undefined>;
  /** At most `limit` messages of the range, from its newest or oldest end, in that order; of one thread, where named. */
  messages(room: RoomId, range: Range, page: MessagePage): Promise<Message[]>;
}

export const isLoggedChange = (logged: LoggedEvent): logged is LoggedEvent<ChangeEvent> => isChange(logged.event);
