import type { ServerFrameOf } from '../protocol/index.ts';
import { createClientIds } from './client-id.ts';
import type { ClientOptions } from './client-options.ts';
import { type Clock, systemClock } from './clock.ts';
import { createEvents, type On } from './events.ts';
import { createFollowing } from './following.ts';
import { handOn } from './hand-on.ts';
import { createLink, type LinkState } from './link.ts';
import {
  type Badge,
  createNotifications,
  type NotificationChange,
  type NotificationPage,
  type NotificationPageOptions,
  type NotificationWishes,
} from './notifications.ts';
import { createOutbox, type Sent } from './outbox.ts';
import type { OutboxEntry } from './outbox-store.ts';
import { createPresence, type Here } from './presence.ts';
import { createRoom, type Room, type SendOptions } from './room.ts';
import type { Position } from './room-feeds.ts';
import {
  type ClientSearchOptions,
  type FoundRooms,
  type RoomsSearchOptions,
  type SearchPage,
  searchMyRooms,
  searchRooms,
} from './search.ts';
import type { Session } from './session.ts';
import { createTokens } from './tokens.ts';
import { createUpload, type FileData, type UploadedFile, type UploadOptions } from './upload.ts';
import { createWatermarks } from './watermarks.ts';
import type { WebSocketConstructor } from './web-socket.ts';

/** One user's connection to Gapless, kept up until `close`. Nothing happens before `connect`. */
export interface Client {
  readonly on: On;
  state(): LinkState;
  /**
   * Resolves at the first session, and from then on it comes back by itself. Rejects when the server will not have it.
   * Called while it waits to come back, it does so at once.
   */
  connect(): Promise<Session>;
  room(id: string): Room;
  /**
   * A message for one user, into our direct room. Not through the outbox: repeat it with the same `clientId` when it is
   * rejected as `unknown`.
   */
  whisper(user: string, text: string, options?: WhisperOptions): Promise<Whispered>;
  /**
   * Takes a file in, to be sent by `send` with its id. Not through the outbox: repeat it with the same `clientId` when it is
   * rejected as `unknown`. What no message carries within a day is removed.
   */
  upload(data: FileData, options: UploadOptions): Promise<UploadedFile>;
  /** Messages of all my rooms that say that, the newest first; a message is found some milliseconds after it was sent. */
  search(text: string, options?: ClientSearchOptions): Promise<SearchPage<string>>;
  /** Public groups and rooms of mine whose name and topic have those words, the newest first. */
  searchRooms(text: string, options?: RoomsSearchOptions): Promise<FoundRooms>;
  /** What others see of me as far as this device goes: from now on, also before `connect` and over reconnects. */
  here(as: Here): void;
  /**
   * Tells by `presence` of these users and of what changes, as far as I share a room with them: at once, and again after each
   * reconnect. At most 200 together. Rejected, those of them that are new are not watched.
   */
  watch(users: readonly string[]): Promise<void>;
  /** No more of these. */
  unwatch(users: readonly string[]): Promise<void>;
  /**
   * Says something to the devices of a user with whom I share a room, to set up a call; to mine, it reaches my other ones. At
   * most 8 KiB of JSON, told once and never stored. `online`: whether he is to be seen online.
   */
  signal(user: string, data: Readonly<Record<string, unknown>>, options?: SignalOptions): Promise<{ online: boolean }>;
  /** Of what I want to be told: of that room, or wherever I have said nothing. */
  notifications(room?: string): Promise<NotificationWishes>;
  /** What is not named stays. All my devices are told by `notificationSettings`. */
  setNotifications(change: NotificationChange, room?: string): Promise<NotificationWishes>;
  /** What I was told of for good, the newest first: mentions, answers, quotes, invitations and notices. */
  notified(options?: NotificationPageOptions): Promise<NotificationPage>;
  /** What a badge shows: how much there is that counts by my settings. */
  badge(): Promise<Badge>;
  /** I have seen my notifications up to that word of my inbox, on all devices. */
  seen(seq: number): Promise<void>;
  /** What waits to be stored, oldest first in each room. */
  outbox(): readonly OutboxEntry[];
  /** How far the application was told of each room: what the next client starts `from`. */
  position(): Position | undefined;
  /** Ends everything, for good. What waits is rejected; what a store holds stays there. */
  close(): Promise<void>;
}

export interface WhisperOptions extends Pick<SendOptions, 'quote' | 'custom' | 'clientId'> {
  /** The room in which it is whispered: both are members of it. */
  readonly room?: string;
}

export interface SignalOptions {
  /** The call to which it belongs: 16 to 36 of `A-Za-z0-9_-`, the same for all that is said of it. */
  readonly call?: string;
  /** Only to that device: `session` of what came from it. */
  readonly session?: string;
}

/** Stored, in the direct room of the two. */
export interface Whispered extends Sent {
  readonly room: string;
}

/** Chance and time, of which tests have their own. */
export interface Surroundings {
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly fetch?: typeof globalThis.fetch;
}

const outboxLimits = { entries: 1_000, bytes: 1024 * 1024 };

export function createClient(
  options: ClientOptions,
  { clock = systemClock, random = Math.random, fetch = globalThis.fetch }: Surroundings = {},
): Client {
  const { api, rooms = 'all', notes = false, deadlineMs = 10_000, keepAliveMs = 25_000 } = options;
  const WebSocket = options.WebSocket ?? platformWebSocket();
  const { on, emit } = createEvents();
  const ids = createClientIds(clock.now);
  const around = { clock, random, emit };

  const tokens = createTokens({ ask: options.token, clock, deadlineMs });
  const link = createLink({
    ...around,
    ...{ WebSocket, urls: urlsOf(options.url), deadlineMs, keepAliveMs },
    tokens,
    greeting: (token) => following.greeting(token, presence.greets()),
    live: (hi) => {
      ids.correct(hi.now);
      following.started({ gen: hi.gen, user: hi.u, inbox: hi.inbox });
      outbox.resume();
      watermarks.resume();
      presence.resume();
    },
    lost: () => {
      following.lost();
      presence.lost();
    },
    event: (frame) => following.event(frame),
    frame: (frame) => handOn(frame, following, emit),
  });
  const { ask, tell, maxFrameBytes } = link;
  const asking = { ...around, ask, isLive: () => link.state() === 'live' };
  const following = createFollowing({ ...asking, tell, maxFrameBytes, rooms, notes, from: options.from });
  const { store, outbox: limits = outboxLimits } = options;
  const outbox = createOutbox({ ...asking, deadlineMs, store, limits });
  const watermarks = createWatermarks(asking);
  const presence = createPresence({ ...asking, tell });

  return {
    on,
    state: link.state,
    connect: async () => {
      await outbox.restore();
      return link.connect();
    },
    whisper: async (to, text, { room: r, clientId = ids.next(), ...more } = {}) => {
      const whisper = {
        t: 'whisper',
        to,
        c: clientId,
        b: { text, ...more },
        ...(r === undefined ? {} : { r }),
      } as const;
      const { s: seq = 0, at = 0, dup, r: room = '' } = (await ask(whisper)) as ServerFrameOf<'ok'>;
      return { seq, at, duplicate: dup === 1, clientId, room };
    },
    search: (text, options) => searchMyRooms(ask, text, options),
    searchRooms: (text, options) => searchRooms(ask, text, options),
    upload: createUpload({ api, tokens, nextId: ids.next, clock, fetch }),
    room: (id) => createRoom(id, { outbox, ids, watermarks, following, ask, tell, api }),
    here: presence.here,
    watch: presence.watch,
    unwatch: presence.unwatch,
    signal: async (to, d, { call: c, session: sid } = {}) => {
      const named = { ...(c === undefined ? {} : { c }), ...(sid === undefined ? {} : { sid }) };
      const { on } = (await ask({ t: 'sig', to, d: { ...d }, ...named })) as ServerFrameOf<'ok'>;
      return { online: on === 1 };
    },
    ...createNotifications(ask),
    outbox: outbox.entries,
    position: following.position,
    close: () => {
      const ended = link.close();
      following.lost();
      presence.lost();
      outbox.close();
      watermarks.close();
      return ended;
    },
  };
}

function urlsOf(url: string | readonly string[]): readonly string[] {
  const urls = typeof url === 'string' ? [url] : url;
  if (urls.length === 0) throw new TypeError('`url` names no edge');
  const wrong = urls.find((one) => !/^wss?:$/.test(new URL(one).protocol));
  if (wrong !== undefined) throw new TypeError(`An edge listens at ws:// or wss://, not at ${wrong}`);
  return urls;
}

function platformWebSocket(): WebSocketConstructor {
  const { WebSocket } = globalThis as { WebSocket?: WebSocketConstructor };
  if (WebSocket === undefined) throw new TypeError('This platform has no WebSocket: pass a constructor as `WebSocket`');
  return WebSocket;
}
