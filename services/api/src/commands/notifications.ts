import { pageSize } from '@gapless/shared/commands';
import { shownText, silentForGood } from '@gapless/shared/schema';
import type { AccountStore } from '../domain/accounts/account-store.ts';
import type { ReadBadge } from '../domain/reading/badge.ts';
import { concernOf, type Notification, type Notifications } from '../domain/reading/notifications.ts';
import type { HeldNotify, NotifySettings } from '../domain/reading/notify-settings.ts';
import type { Handlers } from './handler.ts';
import { readTime } from './read-time.ts';

export interface NotificationDeps {
  readonly notifySettings: NotifySettings;
  readonly notifications: Notifications;
  readonly badge: ReadBadge;
  readonly accountStore: Pick<AccountStore, 'nicknames'>;
}

type NotificationCommand =
  | 'me.notifications'
  | 'me.setNotifications'
  | 'rooms.notifications'
  | 'rooms.setNotifications'
  | 'notifications.list'
  | 'notifications.seen'
  | 'me.badge';

export function notificationHandlers(deps: NotificationDeps): Handlers<NotificationCommand> {
  const { notifySettings, notifications, badge, accountStore } = deps;
  return {
    'me.notifications': async ({ user }) => showMine(await notifySettings.mine(user)),
    'me.setNotifications': async ({ user }, { level, quietUntil, ifVersion }) =>
      showMine(await notifySettings.set(user, { level, until: readUntil(quietUntil) }, ifVersion)),
    'rooms.notifications': async ({ user }, { room }) => showOfRoom(await notifySettings.ofRoom(user, room)),
    'rooms.setNotifications': async ({ user }, { room, level, mutedUntil, ifVersion }) =>
      showOfRoom(await notifySettings.setRoom(user, room, { level, until: readUntil(mutedUntil) }, ifVersion)),
    'notifications.list': async ({ user }, { before, limit = pageSize }) => {
      const { items, ...rest } = await notifications.page(user, { before, limit });
      const nicknames = await accountStore.nicknames([...new Set(items.map(({ event }) => event.u))]);
      return { items: items.map((item) => showNotification(item, nicknames.get(item.event.u))), ...rest };
    },
    'notifications.seen': ({ user }, { sequence }) => notifications.see(user, sequence),
    'me.badge': ({ user }) => badge(user),
  };
}

const readUntil = <T extends string | null | undefined>(until: T): number | null | undefined => {
  if (typeof until !== 'string') return until as null | undefined;
  return until === 'forever' ? silentForGood : readTime(until).getTime();
};

/** What has ended is not shown. */
const until = <K extends string>(name: K, end: number | undefined): { readonly [N in K]?: string } => {
  if (end === undefined || end <= Date.now()) return {};
  const shown = end === silentForGood ? 'forever' : new Date(end).toISOString();
  return { [name]: shown } as { readonly [N in K]?: string };
};

const showMine = ({ level, quietUntil, version }: Awaited<ReturnType<NotifySettings['mine']>>) => ({
  level,
  ...until('quietUntil', quietUntil),
  version,
});

const showOfRoom = ({ held, level, version }: Awaited<ReturnType<NotifySettings['ofRoom']>>) => ({
  ...showHeld(held),
  ...(level === undefined ? {} : { own: level }),
  version,
});

export const showHeld = ({ level, mutedUntil }: HeldNotify) => ({ level, ...until('mutedUntil', mutedUntil) });

function showNotification(item: Notification, nickname: string | undefined) {
  const { seq, event, isSeen, room, message } = item;
  const concern = concernOf(event);
  return {
    sequence: seq,
    kind: concern === 'all' ? 'mention' : concern,
    user: event.u,
    ...(nickname === undefined ? {} : { nickname }),
    at: new Date(event.at).toISOString(),
    seen: isSeen,
    ...(room === undefined ? {} : { room: room.id, roomName: room.name }),
    ...(message === undefined ? {} : { message: message.seq, text: shownText(message.body.text) }),
    ...(message?.thread === undefined ? {} : { thread: message.thread }),
    ...(concern === 'all' ? { all: true as const } : {}),
    ...(event.t === 'invite' ? { invitation: event.id } : {}),
    ...(event.t === 'notice' ? { text: event.text } : {}),
  };
}
