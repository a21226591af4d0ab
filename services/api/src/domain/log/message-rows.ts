import type { RoomId } from '@gapless/shared/schema';
import { isMessage, messageOf } from '../messages/message-of.ts';
import {
  type EventStore,
  type Message,
  type MessagePage,
  type MessageRow,
  messageKey,
  type Range,
} from './event-store.ts';
import type { LogTail } from './log-tail.ts';

/** Messages as they are stored, whether the log worker has written them or not: what is hidden is told, nothing left out. */
export interface MessageRows {
  /** Everything of the room up to here is written. Read first: what leaves the log meanwhile is in the store by then. */
  watermark(room: RoomId): Promise<number>;
  /** At most `limit` of these ranges, which rise, from their newest or oldest end, in that order. */
  read(room: RoomId, ranges: readonly Range[], page: MessagePage, watermark: number): Promise<MessageRow[]>;
  /** Those of these numbers that are messages. */
  at(room: RoomId, seqs: readonly number[], watermark: number): Promise<MessageRow[]>;
  /** Rising messages of the log, and which of them had landed before. */
  marked(room: RoomId, messages: readonly Message[]): Promise<MessageRow[]>;
}

export interface MessageRowsDeps {
  readonly events: Pick<EventStore, 'watermark' | 'messages' | 'messagesAt' | 'firsts'>;
  readonly tail: Pick<LogTail, 'head' | 'read' | 'messages'>;
  streamOf(room: RoomId): string;
}

export function createMessageRows({ events, tail, streamOf }: MessageRowsDeps): MessageRows {
  async function marked(room: RoomId, messages: readonly Message[]): Promise<MessageRow[]> {
    if (messages.length === 0) return [];
    const seen = new Map<string, number>(await events.firsts(room, messages));
    return messages.map((message) => {
      const first = seen.get(messageKey(message)) ?? message.seq;
      seen.set(messageKey(message), Math.min(first, message.seq));
      return { seq: message.seq, message, hidden: first < message.seq };
    });
  }

  async function unwritten(room: RoomId, range: Range, page: MessagePage): Promise<MessageRow[]> {
    if (range.before <= range.after + 1) return [];
    const head = await tail.head(room, page.head);
    const before = Math.min(range.before, head + 1);
    const messages = await tail.messages(room, { after: range.after, before }, page);
    return page.direction === 'oldest' ? marked(room, messages) : (await marked(room, messages.toReversed())).reverse();
  }

  /**
   * Watermark first, then the log above it, then the store: whatever leaves the log meanwhile is in the store by the time it
   * is read, and no sequence between the two is missing.
   */
  async function readOne(room: RoomId, range: Range, page: MessagePage, watermark: number): Promise<MessageRow[]> {
    if (page.direction === 'oldest') {
      const written = await events.messages(room, { ...range, before: Math.min(range.before, watermark + 1) }, page);
      if (written.length === page.limit) return written;
    }
    const fresh = await unwritten(room, { ...range, after: Math.max(range.after, watermark) }, page);
    const written = await events.messages(room, range, page);
    const sign = page.direction === 'newest' ? -1 : 1;
    return union(written, fresh)
      .sort((a, b) => sign * (a.seq - b.seq))
      .slice(0, page.limit);
  }

  return {
    watermark: (room) => events.watermark(streamOf(room)),
    async read(room, ranges, page, watermark) {
      const rows: MessageRow[] = [];
      for (const range of page.direction === 'oldest' ? ranges : ranges.toReversed()) {
        const limit = page.limit - rows.length;
        if (limit > 0) rows.push(...(await readOne(room, range, { ...page, limit }, watermark)));
      }
      return rows;
    },
    async at(room, seqs, watermark) {
      const fresh = seqs.filter((seq) => seq > watermark);
      const logged = await Promise.all(fresh.map((seq) => tail.read(room, seq)));
      const found = logged.flatMap((one) => (one !== undefined && isMessage(one) ? [messageOf(one)] : []));
      const rising = found.sort((a, b) => a.seq - b.seq);
      return union(await events.messagesAt(room, seqs), await marked(room, rising));
    },
    marked,
  };
}

/** Where both have a row the store's counts: it knows of edits and duplicates. */
function union(written: readonly MessageRow[], fresh: readonly MessageRow[]): MessageRow[] {
  const rows = new Map<number, MessageRow>();
  for (const row of [...fresh, ...written]) rows.set(row.seq, row);
  return [...rows.values()];
}
