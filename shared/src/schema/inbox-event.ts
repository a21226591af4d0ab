import type { AppFields } from './app-event.ts';
import type { RoomId, UserId } from './ids.ts';
import type { NotifyLevel } from './notify.ts';

interface Common {
  readonly v: 1;
  /** Whose inbox it is: the inbox of a user is a room of one that bears his id. */
  readonly r: UserId;
  /** Who did it. */
  readonly u: UserId;
  readonly at: number;
}

/** Somebody named me in a message, or everybody of the room. */
export interface MentionEvent extends Common {
  readonly t: 'mention';
  readonly in: RoomId;
  readonly m: number;
  /** Meant for everybody. */
  readonly all?: 1;
}

/** Somebody asks me into a room; accepted or declined by the id. */
export interface InviteEvent extends Common {
  readonly t: 'invite';
  readonly in: RoomId;
  readonly id: string;
}

/** I am a member now, by my own doing on another device or by somebody else's. */
export interface AddedEvent extends Common {
  readonly t: 'added';
  readonly in: RoomId;
  /** Version of the membership. */
  readonly ver: number;
}

/** My membership has ended. Of a room that is gone nobody is told here: its own event says so to all who are in. */
export interface OutEvent extends Common {
  readonly t: 'out';
  readonly in: RoomId;
  readonly op: 'leave' | 'remove' | 'ban';
  readonly ver: number;
}

/** A word of who runs the installation. */
export interface NoticeEvent extends Common {
  readonly t: 'notice';
  readonly text: string;
}

/** Somebody answered in a thread in which I wrote, or quoted a message of mine. Who is named besides has the mention instead. */
export interface ReplyEvent extends Common {
  readonly t: 'reply';
  readonly in: RoomId;
  readonly m: number;
  /** Sequence of the message that begins the thread. */
  readonly re?: number;
  /** Sequence of my message that it quotes. */
  readonly q?: number;
}

/** I said on one of my devices what I want to be told of: of the room `in`, or wherever I have said nothing. All that holds now. */
export interface NotifyEvent extends Common {
  readonly t: 'notify';
  readonly in?: RoomId;
  readonly ver: number;
  readonly level?: NotifyLevel;
  /** Told of nothing until then, ms since 1970; `MAX_SAFE_INTEGER`: for good. */
  readonly until?: number;
}

/** What the application tells him. */
export interface AppInboxEvent extends Common, AppFields {
  readonly t: 'app';
}

/** What is told to one user in order, on all his devices. */
export type InboxEvent =
  | MentionEvent
  | ReplyEvent
  | InviteEvent
  | AddedEvent
  | OutEvent
  | NoticeEvent
  | AppInboxEvent
  | NotifyEvent;

const mark = '@';

/**
 * What the log and whoever reads it call a user's inbox among rooms. It is no id, so nobody outside can name it; in events,
 * frames and rows it is the user's id.
 */
export const inboxOf = (user: UserId): RoomId => `${mark}${user}` as string as RoomId;

export const isInbox = (room: RoomId): boolean => room.startsWith(mark);

/** Whose inbox it is. */
export const ownerOf = (inbox: RoomId): UserId => inbox.slice(mark.length) as UserId;

/** The id that events, frames and rows of it carry: the room's, or that of the user whose inbox it is. */
export const bareId = (room: RoomId): RoomId => (isInbox(room) ? (room.slice(mark.length) as RoomId) : room);
