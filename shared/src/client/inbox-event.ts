import type { InboxFrame } from '../protocol/index.ts';
import type { NotifyLevel } from '../schema/index.ts';
import type { EventFrame } from './server-frame.ts';

interface InInbox {
  /** Place in the one order of my inbox. */
  readonly seq: number;
  /** Who did it. */
  readonly user: string;
  /** Clock of the server that told it, ms; for show, not for order. */
  readonly at: number;
}

/** Somebody named me, or everybody, in a message. */
export interface Mention extends InInbox {
  readonly type: 'mention';
  readonly room: string;
  /** Sequence of the message. */
  readonly message: number;
  readonly everybody: boolean;
}

/** Somebody answered in a thread in which I wrote, or quoted a message of mine. */
export interface Reply extends InInbox {
  readonly type: 'reply';
  readonly room: string;
  /** Sequence of the message. */
  readonly message: number;
  /** Sequence of the message that begins the thread. */
  readonly thread: number | undefined;
  /** Sequence of my message that it quotes. */
  readonly quoted: number | undefined;
}

/** On one of my devices I said of what I want to be told: of this room, or wherever I have said nothing. */
export interface NotificationSettings extends InInbox {
  readonly type: 'notificationSettings';
  readonly room: string | undefined;
  readonly level: NotifyLevel | undefined;
  /** Told of nothing until then, ms since 1970; `MAX_SAFE_INTEGER`: for good. */
  readonly silentUntil: number | undefined;
  /** Of two the higher one holds. */
  readonly version: number;
}

/** Somebody asks me into a room. */
export interface Invitation extends InInbox {
  readonly type: 'invitation';
  readonly room: string;
  /** By which it is accepted or declined. */
  readonly id: string;
}

/** I am a member now. */
export interface Added extends InInbox {
  readonly type: 'added';
  readonly room: string;
}

/** My membership has ended. */
export interface Out extends InInbox {
  readonly type: 'out';
  readonly room: string;
  readonly how: string;
}

/** A word of who runs the installation. */
export interface Notice extends InInbox {
  readonly type: 'notice';
  readonly text: string;
}

/** What the application tells me, by its back end. */
export interface AppNews extends InInbox {
  readonly type: 'app';
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

/** What is told to me alone, on all my devices, in its order. */
export type InboxEvent = Mention | Reply | Invitation | Added | Out | Notice | AppNews | NotificationSettings;

/** The event in the words of the SDK; `undefined` for a kind that this version does not know. */
export function toInboxEvent(received: EventFrame): InboxEvent | undefined {
  const { s: seq, u: user, at } = received;
  const frame = received as EventFrame & InboxFrame;
  const inInbox = { seq, user, at };
  switch (frame.t) {
    case 'mention':
      return { type: 'mention', ...inInbox, room: frame.in, message: frame.m, everybody: frame.all === 1 };
    case 'reply':
      return { type: 'reply', ...inInbox, room: frame.in, message: frame.m, thread: frame.re, quoted: frame.q };
    case 'notify': {
      const { in: room, level, until: silentUntil, ver: version } = frame;
      return { type: 'notificationSettings', ...inInbox, room, level, silentUntil, version };
    }
    case 'invite':
      return { type: 'invitation', ...inInbox, room: frame.in, id: frame.id };
    case 'added':
      return { type: 'added', ...inInbox, room: frame.in };
    case 'out':
      return { type: 'out', ...inInbox, room: frame.in, how: frame.op };
    case 'notice':
      return { type: 'notice', ...inInbox, text: frame.text };
    case 'app':
      return { type: 'app', ...inInbox, name: frame.n, data: frame.d };
    default:
      return undefined;
  }
}
