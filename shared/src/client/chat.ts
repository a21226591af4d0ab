import type { ServerFrameOf } from '../protocol/index.ts';
import type { MessageBody } from '../schema/index.ts';
import type { Gap } from './chain.ts';
import type { ChatError } from './chat-error.ts';
import type { Closed } from './closed.ts';
import type { Unsubscribe } from './events.ts';
import type { MembershipChange, Message, RoomChange, RoomEntry, RoomEvent } from './room-event.ts';
import type { WebSocketConstructor } from './web-socket.ts';

export interface ClientOptions {
  /** Where an edge listens, `wss://chat.example.org/ws`. */
  readonly url: string;
  /** Asked for an access token at each `connect` and `renewToken`. */
  readonly token: () => string | Promise<string>;
  /** The platform's own when it has one. */
  readonly WebSocket?: WebSocketConstructor;
  /** Which of my rooms are live from the start; all of them unless told otherwise. */
  readonly rooms?: 'all' | 'none' | readonly string[];
  /** Longest wait for the server in any one step, ms. */
  readonly deadlineMs?: number;
  /** Silence after which the connection is kept alive by a ping, ms. */
  readonly keepAliveMs?: number;
}

/** Who I am on this connection, and what the installation allows. */
export interface Session {
  readonly id: string;
  readonly user: string;
  readonly limits: Readonly<ServerFrameOf<'hi'>['lim']>;
}

export interface ChatEvents {
  /** Each event of my live rooms, once, in the room's order. */
  event: RoomEvent;
  /** The same, by kind. */
  message: Message;
  membership: MembershipChange;
  room: RoomChange;
  /** My rooms, in pages, after `connect`. */
  rooms: readonly RoomEntry[];
  /** A room is live from that sequence on; what came before is in its history. */
  live: { readonly room: string; readonly seq: number };
  /** Something was missed: it is in the room's history. Told before the event that showed it. */
  gap: Gap;
  /** The edge is about to stop: the connection will close; come back after that time. */
  bye: { readonly afterMs: number; readonly why: string };
  /** The connection ended; not told when `connect` itself failed. */
  closed: Closed;
  /** The server refused something that no call waits for, or sent what is no frame. */
  error: ChatError;
}

export interface Sent {
  readonly seq: number;
  readonly at: number;
  /** An earlier send with this client id had stored it. */
  readonly duplicate: boolean;
  readonly clientId: string;
}

/** Every call rejects with a `ChatError`, in bounded time. */
export interface Chat {
  on<E extends keyof ChatEvents>(event: E, listener: (value: ChatEvents[E]) => void): Unsubscribe;
  /** Resolves when the session stands. May be called again after `closed`. */
  connect(): Promise<Session>;
  join(room: string): Promise<void>;
  leave(room: string): Promise<void>;
  /** Resolves when the message is stored. After `unknown`, repeat it with the error's `clientId`: it will not be doubled. */
  send(room: string, body: MessageBody, options?: { clientId?: string; thread?: number }): Promise<Sent>;
  /** Gives the server a fresh token before the old one ends. */
  renewToken(): Promise<void>;
  close(): Promise<void>;
}
