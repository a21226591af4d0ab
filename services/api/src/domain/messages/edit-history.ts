import { Failure } from '@gapless/shared/errors';
import type { EditEvent, MessageBody, MessageEvent, RoomId, UserId } from '@gapless/shared/schema';
import type { Edit, EventStore } from '../log/event-store.ts';
import type { LoggedEvent, LogTail } from '../log/log-tail.ts';
import type { MessageRows } from '../log/message-rows.ts';
import { isOf, type UnwrittenEvents } from '../log/unwritten-events.ts';
import type { History } from './history.ts';

/** What a message said from that event on. */
export interface MessageVersion {
  readonly seq: number;
  readonly at: Date;
  readonly body: MessageBody;
}

/** All that a message has said, for members who may see it; with its deletion all of it is gone. */
export interface EditHistory {
  /** In rising order, the first one as it was sent; those behind `after`. */
  list(
    user: UserId,
    room: RoomId,
    message: number,
    page: { readonly after: number; readonly limit: number },
  ): Promise<readonly MessageVersion[]>;
}

export function createEditHistory(deps: {
  history: Pick<History, 'get'>;
  events: Pick<EventStore, 'edits' | 'range'>;
  rows: Pick<MessageRows, 'watermark'>;
  tail: Pick<LogTail, 'read'>;
  unwritten: UnwrittenEvents;
}): EditHistory {
  const { history, events, rows, tail, unwritten } = deps;

  async function original(room: RoomId, seq: number): Promise<MessageVersion | undefined> {
    const logged = await tail.read(room, seq);
    const [written] = logged === undefined ? await events.range(room, { after: seq - 1, before: seq + 1 }, 1) : [];
    const event = logged?.event ?? (written === undefined ? undefined : (JSON.parse(written.raw) as MessageEvent));
    return event?.t === 'msg' ? { seq, at: new Date(event.at), body: event.b } : undefined;
  }

  return {
    async list(user, room, message, { after, limit }) {
      const { deleted, user: author } = await history.get(user, room, message, 'messages.edits');
      if (deleted) throw new Failure('not_found', { detail: 'No such message' });
      const watermark = await rows.watermark(room);
      const fresh = (await unwritten(room, Math.max(watermark, after, message))).filter(isOf('edit'));
      const first = after < message ? await original(room, message) : undefined;
      const written = await events.edits(room, { message, author }, { after, limit });
      const versions = new Map<number, Edit>();
      for (const edit of [
        ...fresh.filter(({ event }) => event.m === message && event.u === author).map(editOf),
        ...written,
      ]) {
        versions.set(edit.seq, edit);
      }
      const rising = [...versions.values()].sort((a, b) => a.seq - b.seq);
      return [...(first === undefined ? [] : [first]), ...rising].slice(0, limit);
    },
  };
}

const editOf = ({ event, seq }: LoggedEvent<EditEvent>): Edit => ({ seq, at: new Date(event.at), body: event.b });
