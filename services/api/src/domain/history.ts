import { Failure } from '@gapless/shared/errors';
import { type ChangeEvent, noEnd, type RoomId, type UserId } from '@gapless/shared/schema';
import {
  type Direction,
  type EventStore,
  type Message,
  type MessageRow,
  messageKey,
  type Range,
  type Reaction,
} from './event-store.ts';
import { foldChanges, lastReactions, withReactions } from './fold-changes.ts';
import { isLoggedChange, type LoggedEvent, type LogTail } from './log-tail.ts';
import { memberOf, type RoomReads } from './standing.ts';
import { visibleTo } from './visible-to.ts';

export interface HistoryRequest {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly limit: number;
}

export type ShownMessage = Message & { readonly reactions: readonly Reaction[] };

export interface HistoryPage {
  /** Newest first. */
  readonly items: readonly ShownMessage[];
  /** Where the next page starts, as `before` (or as `after`, when only that was given); absent at the end. */
  readonly next?: number;
}

export interface History {
  /**
   * Every message of the room once, whether the log worker has written it or not. A page of which all is written needs no
   * log; the newest page does, and rejects with `log_unavailable` rather than leave anything out.
   */
  page(user: UserId, room: RoomId, request: HistoryRequest): Promise<HistoryPage>;
}

export interface HistoryDeps {
  readonly rooms: RoomReads;
  readonly events: EventStore;
  readonly tail: LogTail;
  streamOf(room: RoomId): string;
}

export function createHistory({ rooms, events, tail, streamOf }: HistoryDeps): History {
  async function page(user: UserId, room: RoomId, request: HistoryRequest): Promise<HistoryPage> {
    const ranges = await allowed(user, room);
    // Only `after`: the page next to the cursor, so that a client can read on from what it has.
    const direction: Direction = request.before === undefined && request.after !== undefined ? 'oldest' : 'newest';
    const watermark = await events.watermark(streamOf(room));
    const rows = await readAll(room, clip(request, ranges), direction, request.limit + 1, watermark);
    const shown = rows.slice(0, request.limit);
    const visible = shown.filter((row) => !row.hidden).map((row) => row.message);
    if (direction === 'oldest') visible.reverse();
    const items = await changed(user, room, visible, watermark);
    const last = shown.at(-1);
    return rows.length > request.limit && last !== undefined ? { items, next: last.seq } : { items };
  }

  async function allowed(user: UserId, room: RoomId): Promise<readonly Range[]> {
    return visibleTo(await memberOf(rooms, room, user));
  }

  /** Range by range, from that end of the room. */
  async function readAll(
    room: RoomId,
    ranges: readonly Range[],
    direction: Direction,
    limit: number,
    watermark: number,
  ): Promise<MessageRow[]> {
    const rows: MessageRow[] = [];
    for (const range of direction === 'oldest' ? ranges : ranges.toReversed()) {
      if (rows.length < limit) rows.push(...(await read(room, range, direction, limit - rows.length, watermark)));
    }
    return rows;
  }

  /**
   * Watermark first, then the log above it, then the store: whatever leaves the log meanwhile is in the store by the time it
   * is read, and no sequence between the two is missing.
   */
  async function read(
    room: RoomId,
    range: Range,
    direction: Direction,
    limit: number,
    watermark: number,
  ): Promise<MessageRow[]> {
    if (direction === 'oldest') {
      const written = await events.messages(room, { ...range, before: watermark + 1 }, direction, limit);
      if (written.length === limit) return written;
    }
    const unwritten = await readTail(room, { ...range, after: Math.max(range.after, watermark) }, direction, limit);
    const written = await events.messages(room, range, direction, limit);
    return union(written, unwritten, direction).slice(0, limit);
  }

  /** The messages with every change that was acknowledged, written or not. */
  async function changed(
    user: UserId,
    room: RoomId,
    messages: readonly Message[],
    watermark: number,
  ): Promise<ShownMessage[]> {
    if (messages.length === 0) return [];
    // From the watermark of before the rows: what was written meanwhile is young, and still in the log.
    const after = Math.max(watermark, Math.min(...messages.map(({ seq }) => seq)));
    const changes = await changesIn(room, after);
    const folded = foldChanges(messages, changes);
    const live = folded.filter((message) => !message.deleted).map(({ seq }) => seq);
    const unwritten = lastReactions(changes, new Set(live));
    const [counted, written] = await Promise.all([
      events.reactions(room, live, user, unwritten),
      events.reactionStates(room, unwritten),
    ]);
    return folded.map((message) => {
      const own = unwritten.filter(({ seq }) => seq === message.seq);
      return { ...message, reactions: withReactions(counted.get(message.seq) ?? [], own, written, user) };
    });
  }

  /** Of a log that is away nothing can be said: what is written is shown as it was written. */
  async function changesIn(room: RoomId, after: number): Promise<LoggedEvent<ChangeEvent>[]> {
    const found: LoggedEvent<ChangeEvent>[] = [];
    try {
      const before = (await tail.head(room)) + 1;
      for await (const logged of tail.walk(room, { after, before })) if (isLoggedChange(logged)) found.push(logged);
      return found;
    } catch (error) {
      if (error instanceof Failure && error.kind === 'log_unavailable') return [];
      throw error;
    }
  }

  async function readTail(room: RoomId, range: Range, direction: Direction, limit: number): Promise<MessageRow[]> {
    if (range.before <= range.after + 1) return [];
    const before = Math.min(range.before, (await tail.head(room)) + 1);
    const messages = await tail.messages(room, { after: range.after, before }, direction, limit);
    if (messages.length === 0) return [];
    const firsts = await events.firsts(room, messages);
    const seen = new Map<string, number>(firsts);
    const ascending = direction === 'oldest' ? messages : messages.toReversed();
    const rows = ascending.map((message) => {
      const first = seen.get(messageKey(message)) ?? message.seq;
      seen.set(messageKey(message), Math.min(first, message.seq));
      return { seq: message.seq, message, hidden: first < message.seq };
    });
    return direction === 'oldest' ? rows : rows.reverse();
  }

  return { page };
}

const clip = ({ before = noEnd, after = 0 }: HistoryRequest, visible: readonly Range[]): Range[] =>
  visible
    .map((range) => ({ after: Math.max(after, range.after), before: Math.min(before, range.before) }))
    .filter((range) => range.before > range.after + 1);

/** By sequence; where both have a row the store's counts, it knows of edits and duplicates. */
function union(written: readonly MessageRow[], unwritten: readonly MessageRow[], direction: Direction): MessageRow[] {
  const rows = new Map<number, MessageRow>();
  for (const row of unwritten) rows.set(row.seq, row);
  for (const row of written) rows.set(row.seq, row);
  const sign = direction === 'newest' ? -1 : 1;
  return [...rows.values()].sort((a, b) => sign * (a.seq - b.seq));
}
