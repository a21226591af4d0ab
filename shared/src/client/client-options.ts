import type { OutboxLimits } from './outbox.ts';
import type { OutboxStore } from './outbox-store.ts';
import type { Position } from './room-feeds.ts';
import type { WebSocketConstructor } from './web-socket.ts';

export interface ClientOptions {
  /** Where edges listen, `wss://chat.example.org/ws`; of several the next is tried when one fails or says `bye`. */
  readonly url: string | readonly string[];
  /**
   * Asked for an access token: at first, before the last one ends (its `exp` tells), and when the server would not have it.
   * Not again while its answer is late, up to six times `deadlineMs`.
   */
  readonly token: () => string | Promise<string>;
  /** Where the api is, `https://chat.example.org`: `upload` needs it, and links to files are whole with it. */
  readonly api?: string;
  /** Which of my rooms are live; all of them unless told otherwise. */
  readonly rooms?: 'all' | readonly string[];
  /** Tells by `note` of messages of which I want to be notified, in all my rooms, live or not. Without it not. */
  readonly notes?: boolean;
  /** How far the application has come: `client.position()` of another time. */
  readonly from?: Position | undefined;
  /** Where the outbox outlives a reload; without it, it lives in memory. */
  readonly store?: OutboxStore;
  /** Most that may wait to be sent; beyond it a send rejects with `busy`. 1,000 entries of 1 MiB together. */
  readonly outbox?: OutboxLimits;
  /** The platform's own when it has one. */
  readonly WebSocket?: WebSocketConstructor;
  /** Longest wait for the server, the token or the store in any one step, ms. */
  readonly deadlineMs?: number;
  /** Silence after which the connection is tried by a ping, ms. */
  readonly keepAliveMs?: number;
}
