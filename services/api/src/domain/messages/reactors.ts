import { Failure } from '@gapless/shared/errors';
import type { RoomId, UserId } from '@gapless/shared/schema';
import type { EventStore } from '../log/event-store.ts';
import { lastReactions } from '../log/fold-changes.ts';
import { isLoggedChange } from '../log/log-tail.ts';
import type { MessageRows } from '../log/message-rows.ts';
import type { UnwrittenEvents } from '../log/unwritten-events.ts';
import type { History } from './history.ts';

/** Who has put one emoji to a message. */
export interface Reactors {
  /** By rising id, those above `above`; for members who may see the message. */
  list(
    user: UserId,
    reaction: { readonly room: RoomId; readonly message: number; readonly emoji: string },
    page: { readonly above?: UserId | undefined; readonly limit: number },
  ): Promise<readonly UserId[]>;
}

export function createReactors(deps: {
  history: Pick<History, 'get'>;
  events: Pick<EventStore, 'reactors' | 'reactionStates'>;
  rows: Pick<MessageRows, 'watermark'>;
  unwritten: UnwrittenEvents;
}): Reactors {
  const { history, events, rows, unwritten } = deps;
  return {
    async list(user, { room, message, emoji }, { above, limit }) {
      const { deleted } = await history.get(user, room, message, 'messages.reactions');
      if (deleted) throw new Failure('not_found', { detail: 'No such message' });
      const fresh = await unwritten(room, Math.max(await rows.watermark(room), message));
      const last = lastReactions(fresh.filter(isLoggedChange), new Set([message])).filter((one) => one.emoji === emoji);
      const written = await events.reactionStates(room, last);
      const versions = new Map(written.map((state) => [state.user, state]));
      const now = last.map((state) => {
        const stored = versions.get(state.user);
        return stored !== undefined && stored.version > state.version ? stored : state;
      });
      // As many more as may have taken it back.
      const found = await events.reactors(room, { seq: message, emoji }, { above, limit: limit + now.length });
      const users = new Set(found);
      for (const state of now) {
        if (state.on && (above === undefined || state.user > above)) users.add(state.user);
        else users.delete(state.user);
      }
      return [...users].sort().slice(0, limit);
    },
  };
}
