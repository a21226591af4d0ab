import { Failure } from '@gapless/shared/errors';
import { isVisible, type RoomId } from '@gapless/shared/schema';
import type { EventStore } from '../log/event-store.ts';
import type { LogTail } from '../log/log-tail.ts';
import type { Membership } from '../rooms/room-store.ts';
import { visibleTo } from '../rooms/visible-to.ts';
import { isMessage } from './message-of.ts';

/** Messages that others answer or quote. A deleted message keeps its place. */
export interface NamedMessages {
  /** Sequence of the message that begins the thread in which this one stands: its own where it answers none. */
  find(room: RoomId, seq: number): Promise<number | undefined>;
  /** The same for a member; rejects with `not_found` for what is no message of his room, or out of his sight. */
  rootOf(membership: Membership, seq: number): Promise<number>;
}

export function createNamedMessages(deps: {
  events: Pick<EventStore, 'messagesAt'>;
  tail: Pick<LogTail, 'read'>;
}): NamedMessages {
  const { events, tail } = deps;

  /** The log before the store: what leaves the one meanwhile is in the other by then. */
  async function find(room: RoomId, seq: number): Promise<number | undefined> {
    const logged = await tail.read(room, seq);
    if (logged !== undefined) return isMessage(logged) ? (logged.event.re ?? seq) : undefined;
    const [row] = await events.messagesAt(room, [seq]);
    return row === undefined ? undefined : (row.message.thread ?? seq);
  }

  return {
    find,
    async rootOf(membership, seq) {
      const root = isVisible(visibleTo(membership), seq) ? await find(membership.room, seq) : undefined;
      if (root === undefined) throw new Failure('not_found', { detail: 'No such message' });
      return root;
    },
  };
}
