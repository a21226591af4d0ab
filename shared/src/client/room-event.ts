import type { MessageBody, Role } from '../schema/index.ts';

interface Common {
  readonly room: string;
  /** Place in the room's one order. */
  readonly seq: number;
  readonly user: string;
  /** Clock of the server that took it, ms; for show, not for order. */
  readonly at: number;
}

export interface Message extends Common {
  readonly kind: 'message';
  readonly clientId: string;
  readonly body: MessageBody;
  /** Sequence of the message that this one answers. */
  readonly thread: number | undefined;
}

export interface MembershipChange extends Common {
  readonly kind: 'membership';
  readonly op: 'join' | 'leave' | 'remove';
  readonly users: readonly string[];
}

/** Only the fields that changed. */
export interface RoomChange extends Common {
  readonly kind: 'room';
  readonly name: string | undefined;
  readonly number: number | undefined;
}

/** A kind that this version of the SDK does not know. */
export interface OtherEvent extends Common {
  readonly kind: 'other';
  readonly frame: object;
}

/** What happens in a room, in its order. */
export type RoomEvent = Message | MembershipChange | RoomChange | OtherEvent;

/** A room of mine, as the server lists them at the start. */
export interface RoomEntry {
  readonly room: string;
  /** Sequence of its newest event. */
  readonly head: number;
  readonly role: Role;
}
