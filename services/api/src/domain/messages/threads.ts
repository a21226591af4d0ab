import { isVisible, type RoomId, type UserId } from '@gapless/shared/schema';
import type { EventStore, Thread } from '../log/event-store.ts';
import { foldThread } from '../log/fold-threads.ts';
import type { MessageRows } from '../log/message-rows.ts';
import { threadsIn, type UnwrittenEvents } from '../log/unwritten-events.ts';
import type { Door } from '../rooms/door.ts';
import { visibleTo } from '../rooms/visible-to.ts';
import { fitting, maxAnswerBytes } from './fitting.ts';
import type { ShowMessages, ShownMessage } from './shown-messages.ts';

export interface ThreadPage {
  /** What begins each, the thread with the latest answer first. */
  readonly items: readonly ShownMessage[];
  /** `before` of the next page; absent at the end. */
  readonly next?: number;
}

/** The threads of a room. */
export interface Threads {
  /** Those whose last answer is numbered below `before`. */
  list(user: UserId, room: RoomId, page: { readonly before: number; readonly limit: number }): Promise<ThreadPage>;
}

export interface ThreadsDeps {
  readonly door: Door;
  readonly events: Pick<EventStore, 'threads' | 'threadsBefore'>;
  readonly rows: Pick<MessageRows, 'at' | 'marked' | 'watermark'>;
  readonly unwritten: UnwrittenEvents;
  readonly show: ShowMessages;
}

export function createThreads({ door, events, rows, unwritten, show }: ThreadsDeps): Threads {
  /** Threads with answers that are not written yet stand higher than their rows say. */
  async function latest(room: RoomId, before: number, limit: number, watermark: number): Promise<Thread[]> {
    const fresh = await threadsIn(rows, room, await unwritten(room, watermark), watermark);
    const roots = [...new Set(fresh.answers.flatMap(({ thread }) => thread ?? []))];
    const [risen, written] = await Promise.all([
      events.threads(room, roots),
      events.threadsBefore(room, { before, limit: limit + roots.length }),
    ]);
    const known = new Map([...written, ...risen].map((thread) => [thread.root, thread]));
    for (const root of roots) if (!known.has(root)) known.set(root, { root, count: 0, users: [], version: 0 });
    return [...known]
      .flatMap(([root, thread]) => foldThread(root, thread, fresh) ?? [])
      .filter(({ last }) => last.seq < before)
      .sort((a, b) => b.last.seq - a.last.seq)
      .slice(0, limit);
  }

  return {
    async list(user, room, { before, limit }) {
      const { membership } = await door('threads.list', user, room);
      const watermark = await rows.watermark(room);
      const found = await latest(room, before, limit + 1, watermark);
      const kept = found.slice(0, limit);
      const visible = visibleTo(membership);
      const roots = kept.map(({ root }) => root).filter((root) => isVisible(visible, root));
      const messages = (await rows.at(room, roots, watermark)).map(({ message }) => message);
      const shown = new Map((await show(user, room, messages, watermark)).map((message) => [message.seq, message]));
      const all = roots.flatMap((root) => shown.get(root) ?? []);
      const items = fitting(all, maxAnswerBytes);
      const isCut = items.length < all.length;
      const last = isCut ? kept.find(({ root }) => root === items.at(-1)?.seq) : kept.at(-1);
      return { items, ...((isCut || found.length > limit) && last !== undefined ? { next: last.last.seq } : {}) };
    },
  };
}
