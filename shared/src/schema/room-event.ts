import type { AppFields } from './app-event.ts';
import type { MessageFile } from './file.ts';
import type { ClientId, RoomId, UserId } from './ids.ts';
import type { Role } from './membership.ts';
import type { Visibility } from './room.ts';

/** What a member writes. */
export interface MessageBody {
  readonly text: string;
  /** Of the application: bounded, never looked into. */
  readonly custom?: Readonly<Record<string, unknown>>;
  /** Sequence of the message of the same room that it quotes. */
  readonly quote?: number;
  /** The text may be empty then. */
  readonly files?: readonly MessageFile[];
  /** Where it was forwarded from; its author may have been another. */
  readonly fwd?: { readonly r: RoomId; readonly m: number; readonly u: UserId };
}

interface Common {
  /** Version of the stored form: readers are deployed before writers. */
  readonly v: 1;
  readonly r: RoomId;
  /** Who did it. */
  readonly u: UserId;
  /** Clock of the process that made the event, ms; never used for order. */
  readonly at: number;
}

/** Set where an event is read after its message was deleted: what it said is empty then. The log never holds it. */
interface Maskable {
  readonly del?: 1;
}

export interface MessageEvent extends Common, Maskable {
  readonly t: 'msg';
  readonly c: ClientId;
  readonly b: MessageBody;
  /** Sequence of the message that begins its thread. */
  readonly re?: number;
  /** Of a thread, and to be shown in the room as well. */
  readonly also?: 1;
  /** The room in which it was whispered. */
  readonly in?: RoomId;
}

/** Sequence of the message that a change is about. */
interface Change extends Common {
  readonly m: number;
}

/** The author's new body. One that comes after the deletion of its message means nothing. */
export interface EditEvent extends Change, Maskable {
  readonly t: 'edit';
  readonly c: ClientId;
  readonly b: MessageBody;
}

/** For good. */
export interface DeleteEvent extends Change {
  readonly t: 'del';
  /** Absent where Gapless itself takes a message back. */
  readonly c?: ClientId;
  /** The message had been stored before under this sequence and landed a second time. */
  readonly dupOf?: number;
}

export interface ReactEvent extends Change {
  readonly t: 'react';
  readonly c: ClientId;
  readonly e: string;
  readonly on: 0 | 1;
}

/** Put to the room's pins (1), or taken from them (0). */
export interface PinEvent extends Change {
  readonly t: 'pin';
  readonly c: ClientId;
  readonly on: 0 | 1;
}

/** What the first link of a message leads to; added by the server. */
export interface LinkEvent extends Change, Maskable {
  readonly t: 'link';
  readonly l: LinkPreview;
}

/** What the application tells, by whoever may for it; nothing of the room follows from it. */
export interface AppEvent extends Common, AppFields {
  readonly t: 'app';
  readonly c: ClientId;
}

export interface LinkPreview {
  readonly url: string;
  readonly title: string;
  readonly text?: string;
  readonly site?: string;
}

/**
 * What happened to memberships. `add`: somebody else made them members; `remove` and `ban`: somebody else ended the
 * membership, `ban` for good until `unban`; `role`, `mute`, `unmute` change one that goes on.
 */
export const membershipOps = ['join', 'add', 'leave', 'remove', 'ban', 'unban', 'role', 'mute', 'unmute'] as const;
export type MembershipOp = (typeof membershipOps)[number];

export const entersRoom = (op: MembershipOp): boolean => op === 'join' || op === 'add';
export const leavesRoom = (op: MembershipOp): boolean => op === 'leave' || op === 'remove' || op === 'ban';

export interface MembershipEvent extends Common {
  readonly t: 'mem';
  readonly op: MembershipOp;
  readonly us: readonly UserId[];
  /** Version of the memberships that it names. */
  readonly ver: number;
  /** With those who enter: they see no more of the room than their own time. */
  readonly hist?: 'joined';
  /** With `role`, and with `join` and `add` where it is another than `member`. */
  readonly role?: Role;
  /** Owner behind this event, where a departure or a hand-over made one. */
  readonly heir?: UserId;
  /** With `mute`: until then, ms since 1970; absent: for good. */
  readonly until?: number;
  /** With `join` and `add`: who of them is muted from before, until when, ms since 1970. */
  readonly mutes?: Readonly<Record<UserId, number>>;
}

export interface RoomChangedEvent extends Common {
  readonly t: 'room';
  readonly name?: string;
  readonly no?: number;
  readonly kind?: string;
  readonly topic?: string;
  readonly image?: string;
  readonly visibility?: Visibility;
  /** Version of the room's flags; with it come those that changed. */
  readonly ver?: number;
  /** Only who keeps order may write. */
  readonly frozen?: 0 | 1;
  /** Nobody may write. */
  readonly archived?: 0 | 1;
  /** Seconds between two messages of one member; 0: none. */
  readonly slow?: number;
  /** The room is gone. */
  readonly gone?: 1;
}

export type ChangeEvent = EditEvent | DeleteEvent | ReactEvent;

/** What a member asked for under a client id of his: stored once. */
export type ClientEvent =
  | MessageEvent
  | EditEvent
  | (DeleteEvent & { readonly c: ClientId })
  | ReactEvent
  | PinEvent
  | AppEvent;

/** Every ordered event of a room, as stored: without `s` and `p`, which the log assigns. */
export type RoomEvent =
  | MessageEvent
  | ChangeEvent
  | PinEvent
  | LinkEvent
  | AppEvent
  | MembershipEvent
  | RoomChangedEvent;

export const isChange = (event: RoomEvent): event is ChangeEvent =>
  event.t === 'edit' || event.t === 'del' || event.t === 'react';
