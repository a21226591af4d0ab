import type { ServerFrameOf } from '../protocol/index.ts';
import type { FileId } from '../schema/index.ts';
import type { ClientIds } from './client-id.ts';
import type { ClientRequest, RequestOf } from './client-request.ts';
import type { Following } from './following.ts';
import { type HistoryMessage, toHistoryMessage } from './history-message.ts';
import type { Outbox, Sent } from './outbox.ts';
import type { OutboxRequest } from './outbox-store.ts';
import { type RoomSearchOptions, type SearchPage, searchRoom } from './search.ts';
import { type FileLink, linkTo } from './upload.ts';
import type { Watermarks } from './watermarks.ts';

type Custom = Readonly<Record<string, unknown>>;

/** Settles once: stored, or refused for good. The id is known before: show the message under it meanwhile. */
export type Sending = Promise<Sent> & { readonly clientId: string };

export interface SendOptions {
  /** Sequence of the message that this one answers. */
  readonly thread?: number;
  /** With `thread`: to be shown in the room as well. */
  readonly also?: boolean;
  /** Sequence of the message that it quotes. */
  readonly quote?: number;
  /** Ids of files that I uploaded, at most ten; with one the text may be empty. */
  readonly files?: readonly string[];
  /** Of the application: an object of at most 2 KiB. */
  readonly custom?: Custom;
  /** 16 to 36 of `A-Za-z0-9_-`; made by the SDK unless the application has one already. */
  readonly clientId?: string;
}

/** What is not named stays as it is; `null` takes it away. */
export interface EditOptions {
  readonly quote?: number | null;
  readonly custom?: Custom | null;
}

export interface HistoryRequest {
  readonly before?: number;
  readonly after?: number;
  /** As many messages on both sides of that number, whatever stands there. */
  readonly around?: number;
  /** Only the answers to that message. */
  readonly thread?: number;
  readonly limit?: number;
}

export interface HistoryPage {
  /** As they are now, in rising order. */
  readonly messages: readonly HistoryMessage[];
  /** `before` of the next page (`after`, when only that was given); absent: there is no more. */
  readonly next: number | undefined;
  /** With `around`: `after` of the page behind it; absent: there is no more. */
  readonly newer: number | undefined;
}

export interface ReadersPage {
  /** `at`: when he last said how far he has read, RFC 3339. */
  readonly items: readonly { readonly user: string; readonly nickname?: string; readonly at: string }[];
  /** `cursor` of the next page; absent: there is no more. */
  readonly next?: string;
  /** In rooms of at most 100 members: of those who may see it, but its author. */
  readonly counts?: { readonly read: number; readonly received: number; readonly of: number };
}

/** One room, by its id. What changes it goes through the outbox, in the order of the calls. */
export interface Room {
  readonly id: string;
  /** Makes it live, on this connection and those that follow. Membership is not touched. */
  join(): Promise<void>;
  /** No events of it any more, and no cursor: joined again, it starts at its newest. */
  leave(): Promise<void>;
  send(text: string, options?: SendOptions): Sending;
  edit(message: number, text: string, options?: EditOptions): Sending;
  delete(message: number): Sending;
  react(message: number, emoji: string, on?: boolean): Sending;
  /** Not through the outbox: repeat it with the same `clientId` when it is rejected as `unknown`. */
  forward(message: number, rooms: readonly string[], options?: { readonly clientId?: string }): Promise<void>;
  pin(message: number, on?: boolean): Promise<void>;
  /** Unread from that message on, on all my devices, until I read it again. Others see how far I have read as before. */
  markUnread(message: number): Promise<void>;
  /** Who has read a message, by rising id. */
  readers(message: number, page?: { readonly cursor?: string; readonly limit?: number }): Promise<ReadersPage>;
  /** I have read up to there. */
  read(seq: number): void;
  /** My device has received up to there. */
  received(seq: number): void;
  typing(on: boolean): void;
  /** To a file of a message that I may see, `thumb`: to its small picture. It ends after some minutes: ask for another one. */
  fileLink(message: number, file: string, options?: { readonly thumb?: boolean }): Promise<FileLink>;
  history(request?: HistoryRequest): Promise<HistoryPage>;
  /** Messages that say that, the newest first. */
  search(text: string, options?: RoomSearchOptions): Promise<SearchPage<number>>;
}

export interface RoomDeps {
  readonly outbox: Pick<Outbox, 'add'>;
  readonly ids: Pick<ClientIds, 'next'>;
  readonly watermarks: Pick<Watermarks, 'note'>;
  readonly ask: (request: ClientRequest) => Promise<unknown>;
  readonly tell: (request: ClientRequest) => void;
  readonly following: Pick<Following, 'join' | 'leave'>;
  readonly api: string | undefined;
}

export function createRoom(id: string, { outbox, ids, watermarks, following, ask, tell, api }: RoomDeps): Room {
  const put = (request: OutboxRequest): Sending => Object.assign(outbox.add(request), { clientId: request.c });
  return {
    id,
    join: () => following.join(id),
    leave: () => following.leave(id),
    send: (text, { thread, also, files, clientId = ids.next(), ...more } = {}) => {
      const carried = files === undefined ? {} : { files: [...files] as FileId[] };
      const message: RequestOf<'send'> = { t: 'send', r: id, c: clientId, b: { text, ...more, ...carried } };
      if (thread === undefined) return put(message);
      return put({ ...message, re: thread, ...(also === true ? { also: 1 } : {}) });
    },
    edit: (message, text, options = {}) =>
      put({ t: 'edit', r: id, m: message, c: ids.next(), b: { text, ...options } }),
    delete: (message) => put({ t: 'del', r: id, m: message, c: ids.next() }),
    react: (message, emoji, on = true) =>
      put({ t: 'react', r: id, m: message, c: ids.next(), e: emoji, on: on ? 1 : 0 }),
    forward: async (message, rooms, { clientId = ids.next() } = {}) => {
      const p = { room: id, sequence: message, to: [...rooms], clientId };
      await ask({ t: 'call', m: 'messages.forward', p });
    },
    pin: async (message, on = true) => {
      const p = { room: id, sequence: message, clientId: ids.next() };
      await ask({ t: 'call', m: on ? 'messages.pin' : 'messages.unpin', p });
    },
    markUnread: async (message) => {
      await ask({ t: 'call', m: 'rooms.markUnread', p: { room: id, sequence: message } });
    },
    readers: async (message, page = {}) => {
      const answer = await ask({ t: 'call', m: 'messages.readers', p: { room: id, sequence: message, ...page } });
      return (answer as ServerFrameOf<'ok'>).res as ReadersPage;
    },
    read: (seq) => watermarks.note(id, 'read', seq),
    received: (seq) => watermarks.note(id, 'recv', seq),
    typing: (on) => tell({ t: 'typing', r: id, on: on ? 1 : 0 }),
    fileLink: (message, file, options = {}) => linkTo({ ask, api }, { room: id, sequence: message, file, ...options }),
    search: (text, options) => searchRoom(ask, id, text, options),
    history: async ({ thread, limit, ...range } = {}) => {
      const asked = { ...(thread === undefined ? {} : { re: thread }), ...(limit === undefined ? {} : { n: limit }) };
      const page = await ask({ t: 'hist', r: id, ...range, ...asked });
      const { ev, next, newer } = page as ServerFrameOf<'hist'>;
      return { messages: ev.map(toHistoryMessage), next, newer };
    },
  };
}
