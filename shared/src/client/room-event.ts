import type { RoomEventFrame, ServerFrameOf } from '../protocol/index.ts';
import type { LinkPreview, MessageBody, Role, Visibility } from '../schema/index.ts';
import type { EventFrame } from './server-frame.ts';

interface InRoom {
  readonly room: string;
  /** Place in the room's one order. */
  readonly seq: number;
  readonly user: string;
  /** Clock of the server that took it, ms; for show, not for order. */
  readonly at: number;
}

export interface Message extends InRoom {
  readonly type: 'message';
  /** What `send` was given, or made: how one knows one's own. */
  readonly clientId: string;
  readonly body: MessageBody;
  /** Sequence of the message that begins the thread in which it stands. */
  readonly thread: number | undefined;
  /** Of a thread, and to be shown in the room as well. */
  readonly also: boolean;
  /** The room in which it was whispered. */
  readonly whisperedIn: string | undefined;
  /** Deleted meanwhile: the text is empty, and the deletion follows. */
  readonly deleted: boolean;
}

export interface Edited extends InRoom {
  readonly type: 'edited';
  /** Sequence of the message. */
  readonly message: number;
  readonly body: MessageBody;
  /** The message was deleted meanwhile: the text is empty. */
  readonly deleted: boolean;
}

export interface Deleted extends InRoom {
  readonly type: 'deleted';
  readonly message: number;
  /** It had landed twice, first under this sequence: take it away without a trace. */
  readonly duplicateOf: number | undefined;
}

export interface Reaction extends InRoom {
  readonly type: 'reaction';
  readonly message: number;
  readonly emoji: string;
  /** Put, or taken back. */
  readonly on: boolean;
}

/** Put to the room's pins, or taken from them. */
export interface Pinned extends InRoom {
  readonly type: 'pinned';
  readonly message: number;
  readonly on: boolean;
}

export interface MembershipChange extends InRoom {
  readonly type: 'membership';
  /** `join`, `add`, `leave`, `remove`, `ban`, `unban`, `role`, `mute`, `unmute`. */
  readonly op: string;
  readonly users: readonly string[];
  /** What they are from here on, where it is said. */
  readonly role: Role | undefined;
  /** Owner behind this event, where it made one. */
  readonly heir: string | undefined;
  /** End of a mute, ms since 1970; absent: somebody must end it. */
  readonly until: number | undefined;
}

/** Only the fields that changed. */
export interface RoomChange extends InRoom {
  readonly type: 'room';
  readonly name: string | undefined;
  readonly number: number | undefined;
  readonly topic: string | undefined;
  readonly image: string | undefined;
  readonly visibility: Visibility | undefined;
  /** Only moderators and owners write. */
  readonly frozen: boolean | undefined;
  /** Nobody writes. */
  readonly archived: boolean | undefined;
  /** Seconds between two messages of a member; 0: none. */
  readonly slow: number | undefined;
  /** There is no such room any more. */
  readonly gone: boolean;
}

/** What the first link of a message leads to, as the page says of itself: show it as plain text. */
export interface Preview extends InRoom {
  readonly type: 'preview';
  readonly message: number;
  readonly link: LinkPreview;
  /** The message was deleted meanwhile: there is nothing to show. */
  readonly deleted: boolean;
}

/** What the application tells, by its back end. */
export interface AppEvent extends InRoom {
  readonly type: 'app';
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

/** A kind that this version of the SDK does not know, in its place. */
export interface OtherEvent extends InRoom {
  readonly type: 'other';
  readonly frame: object;
}

/** What happens in a room, in its order. */
export type RoomEvent =
  | Message
  | Edited
  | Deleted
  | Reaction
  | Pinned
  | Preview
  | MembershipChange
  | RoomChange
  | AppEvent
  | OtherEvent;

/** What makes a message what it is, beside its place in the room. */
export const sentAs = ({ c, b, re, also, in: whisperedIn, del }: MessageFields) => ({
  ...{ clientId: c, body: b, thread: re, also: also === 1, whisperedIn, deleted: del === 1 },
});

type MessageFields = Pick<ServerFrameOf<'msg'>, 'c' | 'b' | 're' | 'also' | 'in' | 'del'>;

/** The event in the words of the SDK. */
export function toRoomEvent(received: EventFrame): RoomEvent {
  const { r: room, s: seq, u: user, at } = received;
  const inRoom = { room, seq, user, at };
  const frame = received as RoomEventFrame;
  switch (frame.t) {
    case 'msg':
      return { type: 'message', ...inRoom, ...sentAs(frame) };
    case 'edit':
      return { type: 'edited', ...inRoom, message: frame.m, body: frame.b, deleted: frame.del === 1 };
    case 'del':
      return { type: 'deleted', ...inRoom, message: frame.m, duplicateOf: frame.dupOf };
    case 'react':
      return { type: 'reaction', ...inRoom, message: frame.m, emoji: frame.e, on: frame.on === 1 };
    case 'pin':
      return { type: 'pinned', ...inRoom, message: frame.m, on: frame.on === 1 };
    case 'link':
      return { type: 'preview', ...inRoom, message: frame.m, link: frame.l, deleted: frame.del === 1 };
    case 'mem':
      return {
        type: 'membership',
        ...inRoom,
        ...{ op: frame.op, users: frame.us, role: frame.role, heir: frame.heir, until: frame.until },
      };
    case 'room':
      return { type: 'room', ...inRoom, ...roomFields(frame) };
    case 'app':
      return { type: 'app', ...inRoom, name: frame.n, data: frame.d };
    default:
      return { type: 'other', ...inRoom, frame: received };
  }
}

const roomFields = (frame: ServerFrameOf<'room'>) => ({
  name: frame.name,
  number: frame.no,
  topic: frame.topic,
  image: frame.image,
  visibility: frame.visibility,
  frozen: flag(frame.frozen),
  archived: flag(frame.archived),
  slow: frame.slow,
  gone: frame.gone === 1,
});

const flag = (value: 0 | 1 | undefined): boolean | undefined => (value === undefined ? undefined : value === 1);
