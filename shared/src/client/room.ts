import type { ServerFrameOf } from '../protocol/index.ts';
import type { ClientIds } from './client-id.ts';
import type { ClientRequest, RequestOf } from './client-request.ts';
import type { Following } from './following.ts';
import type { Outbox, Sent } from './outbox.ts';
import type { OutboxRequest } from './outbox-store.ts';
import type { Message } from './room-event.ts';
import type { Watermarks } from './watermarks.ts';

/** Settles once: stored, or refused for good. The id is known before: show the message under it meanwhile. */
export type Sending = Promise<Sent> & { readonly clientId: string };

export interface SendOptions {
  /** Sequence of the message that this one answers. */
  readonly thread?: number;
  /** 16 to 36 of `A-Za-z0-9_-`; made by the SDK unless the application has one already. */
  readonly clientId?: string;
}

export interface HistoryRequest {
  readonly before?: number;
  readonly after?: number;
  readonly limit?: number;
}

export interface HistoryPage {
  /** As they are now, in rising order. */
  readonly messages: readonly Message[];
  /** `before` of the next page (`after`, when only that was given); absent: there is no more. */
  readonly next: number | undefined;
}

/** One room, by its id. What changes it goes through the outbox, in the order of the calls. */
export interface Room {
  readonly id: string;
  /** Makes it live, on this connection and those that follow. Membership is not touched. */
  join(): Promise<void>;
  /** No events of it any more, and no cursor: joined again, it starts at its newest. */
  leave(): Promise<void>;
  send(text: string, options?: SendOptions): Sending;
  edit(message: number, text: string): Sending;
  delete(message: number): Sending;
  react(message: number, emoji: string, on?: boolean): Sending;
  /** I have read up to there. */
  read(seq: number): void;
  /** My device has received up to there. */
  received(seq: number): void;
  typing(on: boolean): void;
  history(request?: HistoryRequest): Promise<HistoryPage>;
}

export interface RoomDeps {
  readonly outbox: Pick<Outbox, 'add'>;
  readonly ids: Pick<ClientIds, 'next'>;
  readonly watermarks: Pick<Watermarks, 'note'>;
  readonly ask: (request: ClientRequest) => Promise<unknown>;
  readonly tell: (request: ClientRequest) => void;
  readonly following: Pick<Following, 'join' | 'leave'>;
}

export function createRoom(id: string, { outbox, ids, watermarks, following, ask, tell }: RoomDeps): Room {
  const put = (request: OutboxRequest): Sending => Object.assign(outbox.add(request), { clientId: request.c });
  return {
    id,
    join: () => following.join(id),
    leave: () => following.leave(id),
    send: (text, { thread, clientId = ids.next() } = {}) => {
      const message: RequestOf<'send'> = { t: 'send', r: id, c: clientId, b: { text } };
      return put(thread === undefined ? message : { ...message, re: thread });
    },
    edit: (message, text) => put({ t: 'edit', r: id, m: message, c: ids.next(), b: { text } }),
    delete: (message) => put({ t: 'del', r: id, m: message, c: ids.next() }),
    react: (message, emoji, on = true) =>
      put({ t: 'react', r: id, m: message, c: ids.next(), e: emoji, on: on ? 1 : 0 }),
    read: (seq) => watermarks.note(id, 'read', seq),
    received: (seq) => watermarks.note(id, 'recv', seq),
    typing: (on) => tell({ t: 'typing', r: id, on: on ? 1 : 0 }),
    history: async ({ before, after, limit } = {}) => {
      const range = { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
      const page = await ask({ t: 'hist', r: id, ...range, ...(limit === undefined ? {} : { n: limit }) });
      const { ev, next } = page as ServerFrameOf<'hist'>;
      return { messages: ev.map(toMessage), next };
    },
  };
}

const toMessage = ({ r, s, u, at, c, b, re, del }: ServerFrameOf<'hist'>['ev'][number]): Message => ({
  ...{ type: 'message', room: r, seq: s, user: u, at },
  ...{ clientId: c, body: b, thread: re, deleted: del === 1 },
});
