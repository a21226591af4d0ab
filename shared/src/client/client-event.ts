import type { Role } from '../schema/index.ts';
import type { ChatError } from './chat-error.ts';
import type { Closed } from './closed.ts';
import type { InboxEvent } from './inbox-event.ts';
import type { RoomEvent } from './room-event.ts';
import type { Session } from './session.ts';

/** A room of mine, as the server lists them at the start of a session. */
export interface RoomEntry {
  readonly room: string;
  /** Sequence of its newest event. */
  readonly head: number;
  readonly role: Role;
  /** How far I have read it, on whatever device; absent: the server cannot tell now. */
  readonly read: number | undefined;
  /** I marked it unread from that message on, and have not read it since. */
  readonly unreadFrom: number | undefined;
}

/** Signals: the latest counts, and one may be missing. */
export type Signal =
  /** Up to where members have received and read. */
  | {
      readonly type: 'receipt';
      readonly room: string;
      readonly marks: readonly { readonly user: string; readonly received: number; readonly read: number }[];
      /** Above 100 members, in place of marks: how many have come to the newest message, `seq`, of `of` members. */
      readonly crowd:
        | { readonly seq: number; readonly received: number; readonly read: number; readonly of: number }
        | undefined;
    }
  /** What users whom I watch are now. `lastSeen`: of one who is offline, where it is known, ms. */
  | {
      readonly type: 'presence';
      readonly users: readonly {
        readonly user: string;
        readonly presence: 'online' | 'away' | 'offline';
        readonly lastSeen: number | undefined;
      }[];
    }
  | { readonly type: 'typing'; readonly room: string; readonly user: string; readonly on: boolean }
  /** Of a call: another user's device, or another one of mine, says something to this one. */
  | {
      readonly type: 'signal';
      readonly user: string;
      /** That device: what is for it alone is sent there. */
      readonly session: string;
      readonly call: string | undefined;
      readonly data: Readonly<Record<string, unknown>>;
    }
  /**
   * There are messages of which I want to be notified: how many since the one before, and who wrote the last one. Unread
   * counts are the truth: a note may be missing.
   */
  | {
      readonly type: 'note';
      readonly room: string;
      readonly seq: number;
      readonly user: string;
      readonly count: number;
      readonly why: 'message' | 'direct' | 'whisper';
    }
  /** Another device of mine has read up to there; of my own id as the room: has seen my notifications. */
  | { readonly type: 'readElsewhere'; readonly room: string; readonly seq: number }
  /** I marked the room unread from that message on, on whichever device: until I read it again. */
  | { readonly type: 'unread'; readonly room: string; readonly seq: number };

/** Where my rooms stand. */
export type Standing =
  /** My rooms, in pages, at the start of each session. */
  | { readonly type: 'rooms'; readonly rooms: readonly RoomEntry[]; readonly more: boolean }
  /** Every event up to `seq` was told, or is in the room's history; what follows comes as it happens. */
  | { readonly type: 'live'; readonly room: string; readonly seq: number }
  /** The room is behind and catches up by itself; its events wait until then. */
  | {
      readonly type: 'lag';
      readonly room: string;
      readonly from: number;
      readonly to: number;
      /** Not before that time, where the server said so. */
      readonly retryMs: number | undefined;
    }
  /** I am not a member of the room (any more), or there is none. */
  | { readonly type: 'removed'; readonly room: string }
  /**
   * The numbers known so far mean nothing any more: forget what is shown and load it anew. Of one room, or of all when the
   * installation is another one.
   */
  | { readonly type: 'reset'; readonly room: string | undefined };

/** What became of what I sent, also before the last reload. */
export type Outcome =
  | {
      readonly type: 'sent';
      readonly room: string;
      readonly clientId: string;
      readonly seq: number;
      readonly at: number;
      readonly duplicate: boolean;
    }
  | { readonly type: 'refused'; readonly room: string; readonly clientId: string; readonly error: ChatError };

/** How the connection stands. */
export type ConnectionEvent =
  | { readonly type: 'connected'; readonly session: Session }
  /** `retryInMs`: it comes back by itself after that time; absent: it does not. */
  | { readonly type: 'disconnected'; readonly closed: Closed; readonly retryInMs: number | undefined }
  /** Something that no call waits for went wrong; the SDK goes on. */
  | { readonly type: 'error'; readonly error: ChatError }
  /** A frame that this version of the SDK does not know. */
  | { readonly type: 'unknown'; readonly frame: object };

/** Everything that the SDK tells: switch over `type`. New types may come with new versions. */
export type ClientEvent = RoomEvent | InboxEvent | Signal | Standing | Outcome | ConnectionEvent;
export type ClientEventType = ClientEvent['type'];
export type ClientEventOf<T extends ClientEventType> = Extract<ClientEvent, { type: T }>;
export type Emit = (event: ClientEvent) => void;
