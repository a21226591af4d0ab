import type { ServerFrameOf } from '../protocol/index.ts';
import type { NotifyLevel } from '../schema/index.ts';
import type { ClientRequest } from './client-request.ts';

/** Of what I want to be told. */
export interface NotificationWishes {
  /** What holds now. */
  readonly level: NotifyLevel;
  /** Of a room: what I said of it, where I have. */
  readonly own: NotifyLevel | undefined;
  /** Told of nothing until then: RFC 3339, or `forever`. */
  readonly silentUntil: string | undefined;
  /** Grows with each change. */
  readonly version: number;
}

/** What is not named stays; `null` takes away. */
export interface NotificationChange {
  /** `null` of a room only: as everywhere. */
  readonly level?: NotifyLevel | null;
  /** RFC 3339, or `forever`. */
  readonly silentUntil?: string | null;
  /** Rejected as `conflict` unless that is the version still. */
  readonly ifVersion?: number;
}

/** What I was told of for good: an event of my inbox, as far as it concerns me still. */
export interface Notification {
  readonly kind: 'mention' | 'reply' | 'quote' | 'invite' | 'notice';
  /** Place in the one order of my inbox. */
  readonly seq: number;
  /** Who did it. */
  readonly user: string;
  readonly nickname: string | undefined;
  /** Clock of the server that told it, ms. */
  readonly at: number;
  /** On whatever device. */
  readonly seen: boolean;
  readonly room: string | undefined;
  readonly roomName: string | undefined;
  /** Sequence of the message. */
  readonly message: number | undefined;
  /** Sequence of the message that begins its thread. */
  readonly thread: number | undefined;
  readonly everybody: boolean;
  /** By which an invitation is accepted or declined. */
  readonly invitation: string | undefined;
  /** What the message says now, or the notice. */
  readonly text: string | undefined;
}

/** Newest first; may be shorter than asked for and have a next one. */
export interface NotificationPage {
  readonly notifications: readonly Notification[];
  /** `before` of the next page; absent: there is no more. */
  readonly next: number | undefined;
}

export interface NotificationPageOptions {
  readonly before?: number;
  readonly limit?: number;
}

/** What counts by my settings; 100 is 100 or more. */
export interface Badge {
  readonly rooms: number;
  readonly mentions: number;
  readonly notifications: number;
}

interface Item extends Partial<Omit<Notification, 'at' | 'kind' | 'user' | 'seen'>> {
  readonly kind: Notification['kind'];
  readonly sequence: number;
  readonly user: string;
  readonly at: string;
  readonly seen: boolean;
  readonly all?: true;
}

interface Answer {
  readonly level: NotifyLevel;
  readonly own?: NotifyLevel;
  readonly quietUntil?: string;
  readonly mutedUntil?: string;
  readonly version: number;
}

/** The commands about notifications, in the words of the SDK. */
export function createNotifications(ask: (request: ClientRequest) => Promise<unknown>) {
  const call = async (m: string, p: Record<string, unknown>): Promise<NotificationWishes> => {
    const { level, own, quietUntil, mutedUntil, version } = (await answered(m, p)) as Answer;
    return { level, own, silentUntil: mutedUntil ?? quietUntil, version };
  };
  const answered = async (m: string, p: Record<string, unknown>): Promise<unknown> =>
    ((await ask({ t: 'call', m, p })) as ServerFrameOf<'ok'>).res;

  return {
    notifications: (room?: string) =>
      room === undefined ? call('me.notifications', {}) : call('rooms.notifications', { room }),
    setNotifications: ({ silentUntil, ...change }: NotificationChange, room?: string) => {
      const end = room === undefined ? 'quietUntil' : 'mutedUntil';
      const p = { ...change, ...(silentUntil === undefined ? {} : { [end]: silentUntil }) };
      return room === undefined ? call('me.setNotifications', p) : call('rooms.setNotifications', { ...p, room });
    },
    notified: async (options: NotificationPageOptions = {}): Promise<NotificationPage> => {
      const page = (await answered('notifications.list', { ...options })) as { items: readonly Item[]; next?: number };
      return { notifications: page.items.map(toNotification), next: page.next };
    },
    badge: async (): Promise<Badge> => (await answered('me.badge', {})) as Badge,
    seen: async (seq: number): Promise<void> => void (await answered('notifications.seen', { sequence: seq })),
  };
}

const toNotification = ({ kind, sequence, user, nickname, at, seen, all, ...of }: Item): Notification => ({
  ...{ kind, seq: sequence, user, nickname, at: Date.parse(at), seen, everybody: all === true },
  ...{ room: of.room, roomName: of.roomName, message: of.message, thread: of.thread },
  ...{ invitation: of.invitation, text: of.text },
});
