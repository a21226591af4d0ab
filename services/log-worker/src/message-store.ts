import type { EventRow, RoomId, UserId } from '@gapless/shared/schema';

/** Another event is stored under an event's number: numbers were given twice, and nothing may be written over the other. */
export class NumberReused extends Error {
  constructor(id: string) {
    super(`another event is stored as ${id}: the log gave a number twice`);
    this.name = 'NumberReused';
  }
}

export interface LastMessage {
  readonly room: RoomId;
  readonly s: number;
  readonly u: UserId;
  readonly at: Date;
  readonly text: string;
}

/** Every write may be repeated. Each rejects with `store_unavailable` as long as trying again may help. */
export interface MessageStore {
  /** Indexes without which duplicates would go unnoticed. */
  prepare(): Promise<void>;
  /**
   * Resolves when a majority holds all of them, with those that had landed before under another number; these are stored
   * as duplicates. Rejects with `NumberReused` when a number belongs to another event.
   */
  write(rows: readonly EventRow[]): Promise<{ readonly duplicates: Duplicates }>;
  /**
   * Brings the rows' changes into the messages that they are about, which must be written; in whatever order and however
   * often, what the highest sequence says stays, and a deletion always. Resolves with those whose message is not there.
   */
  fold(rows: readonly EventRow[]): Promise<{ readonly orphans: ReadonlySet<number> }>;
  /** Has messages that landed twice taken back, by an event that hides the second from everybody. */
  hide(rows: readonly EventRow[], duplicates: Duplicates): Promise<void>;
  /** Never takes a room's last message back to an older one. */
  noteLast(messages: readonly LastMessage[]): Promise<void>;
}

/** Sequences that landed before, each with the sequence of the first. */
export type Duplicates = ReadonlyMap<number, number>;

/** Newest message of each room in a batch. */
export function lastMessages(rows: readonly EventRow[], duplicates: Pick<Duplicates, 'has'>): LastMessage[] {
  const newest = new Map<RoomId, LastMessage>();
  for (const { r: room, s, u, at, cur } of rows) {
    if (cur === undefined || duplicates.has(s) || (newest.get(room)?.s ?? 0) > s) continue;
    newest.set(room, { room, s, u, at, text: shownText(cur.text) });
  }
  return [...newest.values()];
}

const shownCodePoints = 256;

/** What of a text stands in lists of rooms. */
export const shownText = (text: string): string => [...text].slice(0, shownCodePoints).join('');
