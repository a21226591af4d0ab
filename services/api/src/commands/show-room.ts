import { isVisible, mutedForGood, type UserId } from '@gapless/shared/schema';
import type { AccountStore } from '../domain/accounts/account-store.ts';
import type { Invite, Link } from '../domain/rooms/invites.ts';
import type { Ban, Membership } from '../domain/rooms/room-store.ts';
import type { RoomView } from '../domain/rooms/rooms.ts';
import { visibleTo } from '../domain/rooms/visible-to.ts';
import { showHeld } from './notifications.ts';

type Nicknames = ReadonlyMap<UserId, string>;
export type NicknameReads = Pick<AccountStore, 'nicknames'>;

/** Rooms as clients see them: what is not named here stays inside. A direct room is known by the other one. */
export async function showRooms(accounts: NicknameReads, views: readonly RoomView[]) {
  const others = views.flatMap(({ membership }) => (membership?.other === undefined ? [] : [membership.other]));
  const nicknames: Nicknames = others.length === 0 ? new Map() : await accounts.nicknames(others);
  return views.map((view) => showOne(view, nicknames));
}

export async function showRoom(accounts: NicknameReads, view: RoomView) {
  const [shown] = await showRooms(accounts, [view]);
  if (shown === undefined) throw new Error('a room was lost on its way');
  return shown;
}

function showOne({ room, membership, read, unreadFrom, unread, mentions, notify }: RoomView, nicknames: Nicknames) {
  const { id, kind, name, history, members, createdBy, visibility } = room;
  const shown = {
    ...{ id, kind, name, visibility, history, members, version: room.changedIn, createdBy },
    createdAt: room.createdAt.toISOString(),
    ...given('topic', room.topic),
    ...given('image', room.image),
    ...given('custom', room.custom),
    ...given('number', room.number),
    ...(room.frozen ? { frozen: true as const } : {}),
    ...(room.archived ? { archived: true as const } : {}),
    ...(room.slow > 0 ? { slow: room.slow } : {}),
  };
  if (membership === undefined) return shown;
  const { role, joinedAt, other } = membership;
  return {
    ...{ ...shown, role, joinedAt: joinedAt.toISOString() },
    ...given('mutedUntil', mutedUntil(membership)),
    ...(other === undefined ? {} : { with: { id: other, ...given('nickname', nicknames.get(other)) } }),
    ...given('read', read),
    ...given('unreadFrom', unreadFrom),
    ...given('unread', unread),
    ...given('mentions', mentions),
    ...given('notifications', notify && showHeld(notify)),
    ...given('last', lastOf(room, membership)),
  };
}

/** Of a message that he may not read he is not told here either. */
function lastOf({ last }: RoomView['room'], membership: Membership) {
  if (last === undefined || !isVisible(visibleTo(membership), last.seq)) return undefined;
  const { seq: sequence, user, at, text, files } = last;
  return { sequence, user, at: at.toISOString(), text, ...(files > 0 ? { files } : {}) };
}

const given = <K extends string, T>(name: K, value: T | undefined): { readonly [N in K]?: T } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [N in K]?: T };

const mutedUntil = ({ mutedUntil: end }: Membership): string | undefined => {
  if (end === undefined || end <= Date.now()) return undefined;
  return end === mutedForGood ? 'forever' : new Date(end).toISOString();
};

export const showMember = (membership: Membership, nickname: string | undefined) => ({
  user: membership.user,
  ...given('nickname', nickname),
  role: membership.role,
  joinedAt: membership.joinedAt.toISOString(),
  ...given('mutedUntil', mutedUntil(membership)),
});

export const showBan = ({ user, by, at, reason }: Ban, nickname: string | undefined) => ({
  ...{ user, ...given('nickname', nickname), by, at: at.toISOString() },
  ...given('reason', reason),
});

export const showInvite = ({ id, room, user, by, at }: Invite) => ({ id, room, user, by, at: at.toISOString() });

export const showLink = ({ id, by, at, until, usesLeft }: Link) => ({
  ...{ id, by, at: at.toISOString() },
  ...given('until', until?.toISOString()),
  ...given('uses', usesLeft),
});
