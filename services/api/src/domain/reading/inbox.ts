import { type InboxEvent, inboxOf, noEnd, type RoomId, type UserId } from '@gapless/shared/schema';
import type { EventStore } from '../log/event-store.ts';
import type { LogTail } from '../log/log-tail.ts';

export interface InboxItem {
  readonly seq: number;
  readonly event: InboxEvent;
}

export interface InboxPage {
  /** Newest first. */
  readonly items: readonly InboxItem[];
  /** `before` of the next page; absent at the end. */
  readonly next?: number;
}

/** What was told to one user, whether the log worker has written it or not. */
export interface Inbox {
  page(user: UserId, asked: { before?: number | undefined; limit: number }): Promise<InboxPage>;
}

export interface InboxDeps {
  readonly events: Pick<EventStore, 'watermark' | 'latest'>;
  readonly tail: Pick<LogTail, 'head' | 'walk'>;
  streamOf(room: RoomId): string;
}

export function createInbox({ events, tail, streamOf }: InboxDeps): Inbox {
  /** The newest of the range, at most `limit`, in rising order. */
  async function unwritten(inbox: RoomId, after: number, before: number, limit: number): Promise<InboxItem[]> {
    const end = Math.min(before, (await tail.head(inbox)) + 1);
    const newest: InboxItem[] = [];
    for await (const { event, seq } of tail.walk(inbox, { after, before: end })) {
      newest.push({ seq, event: event as unknown as InboxEvent });
      if (newest.length > limit) newest.shift();
    }
    return newest;
  }

  return {
    /** Watermark first, then the log above it, then the store: what leaves the log meanwhile is in the store by then. */
    async page(user, { before = noEnd, limit }) {
      const inbox = inboxOf(user);
      const watermark = await events.watermark(streamOf(inbox));
      const young = before > watermark + 1 ? await unwritten(inbox, watermark, before, limit + 1) : [];
      const written = await events.latest(user as string as RoomId, { after: 0, before }, limit + 1);
      const items = new Map<number, InboxItem>(young.map((item) => [item.seq, item]));
      for (const { seq, raw } of written) items.set(seq, { seq, event: JSON.parse(raw) as InboxEvent });
      const all = [...items.values()].sort((a, b) => b.seq - a.seq);
      const shown = all.slice(0, limit);
      const last = shown.at(-1);
      return all.length > limit && last !== undefined ? { items: shown, next: last.seq } : { items: shown };
    },
  };
}
