import type { RoomId, UserId } from '@gapless/shared/schema';
import type { EventStore, Message, Reaction, Thread } from '../log/event-store.ts';
import { foldChanges, lastReactions, withReactions } from '../log/fold-changes.ts';
import { foldThread } from '../log/fold-threads.ts';
import { isLoggedChange, type LoggedEvent } from '../log/log-tail.ts';
import type { MessageRows } from '../log/message-rows.ts';
import { threadsIn, type UnwrittenEvents } from '../log/unwritten-events.ts';

/** A message with what came of it. */
export type ShownMessage = Message & {
  readonly reactions: readonly Reaction[];
  /** The thread that it begins; absent without answers. */
  readonly replies?: Thread;
};

/** The messages with every change that was acknowledged, written or not, in the order in which they are given. */
export type ShowMessages = (
  reader: UserId,
  room: RoomId,
  messages: readonly Message[],
  /** Read before the messages were: what was written meanwhile is young, and still in the log. */
  watermark: number,
) => Promise<ShownMessage[]>;

export interface ShowMessagesDeps {
  readonly events: Pick<EventStore, 'reactions' | 'reactionStates' | 'threads'>;
  readonly rows: Pick<MessageRows, 'at' | 'marked'>;
  readonly unwritten: UnwrittenEvents;
}

export function createShowMessages({ events, rows, unwritten }: ShowMessagesDeps): ShowMessages {
  async function reactionsOf(reader: UserId, room: RoomId, live: readonly number[], fresh: readonly LoggedEvent[]) {
    const last = lastReactions(fresh.filter(isLoggedChange), new Set(live));
    const [counted, written] = await Promise.all([
      events.reactions(room, live, reader, last),
      events.reactionStates(room, last),
    ]);
    return (seq: number): Reaction[] => {
      const own = last.filter((state) => state.seq === seq);
      return withReactions(counted.get(seq) ?? [], own, written, reader);
    };
  }

  async function threadsOf(room: RoomId, roots: readonly number[], fresh: readonly LoggedEvent[], watermark: number) {
    if (roots.length === 0) return () => undefined;
    const [written, unwrittenThreads] = await Promise.all([
      events.threads(room, roots),
      threadsIn(rows, room, fresh, watermark, new Set(roots)),
    ]);
    const known = new Map(written.map((thread) => [thread.root, thread]));
    return (root: number) => foldThread(root, known.get(root), unwrittenThreads);
  }

  return async (reader, room, messages, watermark) => {
    if (messages.length === 0) return [];
    const after = Math.max(watermark, Math.min(...messages.map(({ seq }) => seq)));
    const fresh = await unwritten(room, after);
    const folded = foldChanges(messages, fresh.filter(isLoggedChange));
    const live = folded.filter((message) => !message.deleted).map(({ seq }) => seq);
    const roots = folded.filter(({ thread }) => thread === undefined).map(({ seq }) => seq);
    const [reactions, threads] = await Promise.all([
      reactionsOf(reader, room, live, fresh),
      threadsOf(room, roots, fresh, watermark),
    ]);
    return folded.map((message) => {
      const replies = threads(message.seq);
      return { ...message, reactions: reactions(message.seq), ...(replies === undefined ? {} : { replies }) };
    });
  };
}
