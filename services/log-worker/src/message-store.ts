import { type EventRow, type MessageBody, type RoomId, shownText, type UserId } from '@gapless/shared/schema';

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
  /** How many it has. */
  readonly files: number;
}

export interface Folded {
  readonly orphans: ReadonlySet<number>;
  readonly refused: ReadonlySet<number>;
}

/** Every write may be repeated. Each rejects with `store_unavailable` as long as trying again may help. */
export interface MessageStore {
  /** Indexes without which duplicates would go unnoticed. */
  prepare(): Promise<void>;
  /**
   * Resolves when a majority holds all of them, with those that had landed before under another number; these are stored
   * as duplicates, and with the sequences that a rule of the database refuses, by which nobody else is held up. Rejects
   * with `NumberReused` when a number belongs to another event.
   */
  write(rows: readonly EventRow[]): Promise<{ readonly duplicates: Duplicates; readonly refused: ReadonlySet<number> }>;
  /**
   * Brings the rows' changes into the messages that they are about, which must be written; in whatever order and however
   * often, what the highest sequence says stays, and a deletion always. Resolves with those whose message is not there,
   * and those that a rule of the database refuses.
   */
  fold(rows: readonly EventRow[]): Promise<Folded>;
  /** Has messages that landed twice taken back, by an event that hides the second from everybody. */
  hide(rows: readonly EventRow[], duplicates: Duplicates): Promise<void>;
  /** Never takes a room's last message back to an older one. */
  noteLast(messages: readonly LastMessage[]): Promise<void>;
}

/** Sequences that landed before, each with the sequence of the first. */
export type Duplicates = ReadonlyMap<number, number>;

/** Newest message of each room in a batch, of those that are shown in it. */
export function lastMessages(rows: readonly EventRow[], duplicates: Pick<Duplicates, 'has'>): LastMessage[] {
  const newest = new Map<RoomId, EventRow & { readonly cur: MessageBody }>();
  for (const row of rows) {
    if (!isShown(row) || duplicates.has(row.s) || (newest.get(row.r)?.s ?? 0) > row.s) continue;
    newest.set(row.r, row);
  }
  return [...newest.values()].map(({ r: room, s, u, at, cur }) => {
    return { room, s, u, at, text: shownText(cur.text), files: cur.files?.length ?? 0 };
  });
}

/** A reply is in its thread, and in the room only where its author said so. */
export const isShown = (row: EventRow): row is EventRow & { readonly cur: MessageBody } =>
  row.cur !== undefined && (row.th === undefined || row.also === true);
