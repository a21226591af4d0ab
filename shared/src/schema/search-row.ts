import type { RoomId } from './ids.ts';

/** What a message is found by, as the event of the version `ver` left its text. */
export interface SearchRow {
  /** That of the message's own row. */
  readonly _id: string;
  readonly r: RoomId;
  readonly s: number;
  readonly at: Date;
  /** Grams of its text, and of its author; none when it is deleted. */
  readonly g: readonly string[];
  readonly ver: number;
  /** Version of the rules by which the grams were made. */
  readonly gv: number;
}
