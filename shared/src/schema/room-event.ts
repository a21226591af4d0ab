import type { ClientId, RoomId, UserId } from './ids.ts';

/** What a member writes. */
export interface MessageBody {
  readonly text: string;
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

/** Set where an event is read after its message was deleted: its text is empty then. The log never holds it. */
interface Maskable {
  readonly del?: 1;
}

export interface MessageEvent extends Common, Maskable {
  readonly t: 'msg';
  readonly c: ClientId;
  readonly b: MessageBody;
  readonly re?: number;
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

export interface MembershipEvent extends Common {
  readonly t: 'mem';
  /** `remove`: somebody else ended the membership. */
  readonly op: 'join' | 'leave' | 'remove';
  readonly us: readonly UserId[];
  /** Version of the memberships that it names. */
  readonly ver: number;
  /** With a join: they see no more of the room than their own time. */
  readonly hist?: 'joined';
}

export interface RoomChangedEvent extends Common {
  readonly t: 'room';
  readonly name?: string;
  readonly no?: number;
  readonly kind?: string;
}

export type ChangeEvent = EditEvent | DeleteEvent | ReactEvent;

/** What a member asked for under a client id of his: stored once. */
export type ClientEvent = MessageEvent | EditEvent | (DeleteEvent & { readonly c: ClientId }) | ReactEvent;

/** Every ordered event of a room, as stored: without `s` and `p`, which the log assigns. */
export type RoomEvent = MessageEvent | ChangeEvent | MembershipEvent | RoomChangedEvent;

export const isChange = (event: RoomEvent): event is ChangeEvent =>
  event.t === 'edit' || event.t === 'del' || event.t === 'react';
