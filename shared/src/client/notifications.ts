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
    seen: async (seq: number): Promise<void> => void (await answered('notifications.seen', { sequence: seq })),
  };
}
