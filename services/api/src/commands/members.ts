import { pageSize } from '@gapless/shared/commands';
import type { UserId } from '@gapless/shared/schema';
import { fromCursor, pageOf } from '../domain/cursor.ts';
import type { MarkRead } from '../domain/reading/mark-read.ts';
import type { MarkUnread } from '../domain/reading/mark-unread.ts';
import { type Marks, markKey } from '../domain/reading/marks.ts';
import type { Memberships } from '../domain/rooms/memberships.ts';
import type { Moderation } from '../domain/rooms/moderation.ts';
import type { RoleChanges } from '../domain/rooms/role-changes.ts';
import type { Rooms } from '../domain/rooms/rooms.ts';
import type { Handlers } from './handler.ts';
import { readTime } from './read-time.ts';
import { type NicknameReads, showBan, showMember, showRoom } from './show-room.ts';

export interface MemberDeps {
  readonly rooms: Rooms;
  readonly memberships: Memberships;
  readonly moderation: Moderation;
  readonly roleChanges: RoleChanges;
  readonly accountStore: NicknameReads;
  readonly marks: Marks;
  readonly markRead: MarkRead;
  readonly markUnread: MarkUnread;
}

type MembershipCommand = 'rooms.join' | 'rooms.joinByNumber' | 'rooms.add' | 'rooms.leave' | 'rooms.members';
type ModerationCommand =
  | 'rooms.remove'
  | 'rooms.ban'
  | 'rooms.unban'
  | 'rooms.bans'
  | 'rooms.mute'
  | 'rooms.unmute'
  | 'rooms.setRole'
  | 'rooms.handOver';
type MarkCommand = 'rooms.read' | 'rooms.markUnread' | 'rooms.receipts';

export const memberHandlers = (deps: MemberDeps): Handlers<MembershipCommand | ModerationCommand | MarkCommand> => ({
  ...membershipHandlers(deps),
  ...moderationHandlers(deps),
  ...markHandlers(deps),
});

function membershipHandlers({ rooms, memberships, accountStore }: MemberDeps): Handlers<MembershipCommand> {
  return {
    'rooms.join': async ({ user }, { room }) => showRoom(accountStore, await memberships.join(user, room)),
    'rooms.joinByNumber': async ({ user }, { number }) =>
      showRoom(accountStore, await memberships.joinByNumber(user, number)),
    'rooms.add': async ({ user }, { room, users, nicknames }) =>
      showRoom(accountStore, await memberships.add(user, room, { users, nicknames })),
    'rooms.leave': ({ user }, { room }) => memberships.leave(user, room),
    'rooms.members': async ({ user }, { room, role, limit = pageSize, cursor }) => {
      const found = await rooms.members(user, room, { above: fromCursor<UserId>(cursor), role, limit: limit + 1 });
      const { items, ...rest } = pageOf(found, limit, (member) => member.user);
      const nicknames = await accountStore.nicknames(items.map((member) => member.user));
      return { items: items.map((member) => showMember(member, nicknames.get(member.user))), ...rest };
    },
  };
}

function moderationHandlers({ moderation, roleChanges, accountStore }: MemberDeps): Handlers<ModerationCommand> {
  return {
    'rooms.remove': ({ user: by }, { room, user }) => moderation.remove(by, room, user),
    'rooms.ban': ({ user: by }, { room, user, reason }) => moderation.ban(by, room, user, reason),
    'rooms.unban': ({ user: by }, { room, user }) => moderation.unban(by, room, user),
    'rooms.bans': async ({ user }, { room, limit = pageSize, cursor }) => {
      const found = await moderation.bans(user, room, { above: fromCursor<UserId>(cursor), limit: limit + 1 });
      const { items, ...rest } = pageOf(found, limit, (ban) => ban.user);
      const nicknames = await accountStore.nicknames(items.map((ban) => ban.user));
      return { items: items.map((ban) => showBan(ban, nicknames.get(ban.user))), ...rest };
    },
    'rooms.mute': async ({ user: by }, { room, user, until }) =>
      moderation.mute(by, room, user, until === undefined ? undefined : readTime(until)),
    'rooms.unmute': ({ user: by }, { room, user }) => moderation.unmute(by, room, user),
    'rooms.setRole': ({ user: by }, { room, user, role }) => roleChanges.setRole(by, room, user, role),
    'rooms.handOver': ({ user: by }, { room, user }) => roleChanges.handOver(by, room, user),
  };
}

function markHandlers({ rooms, marks, markRead, markUnread }: MemberDeps): Handlers<MarkCommand> {
  return {
    'rooms.read': ({ user }, { room, sequence }) => markRead(user, room, sequence),
    'rooms.markUnread': ({ user }, { room, sequence }) => markUnread(user, room, sequence),
    'rooms.receipts': async ({ user }, { room, limit = pageSize, cursor }) => {
      const page = { above: fromCursor<UserId>(cursor), limit: limit + 1 };
      const found = await rooms.members(user, room, page, 'rooms.receipts');
      const { items, ...rest } = pageOf(found, limit, (member) => member.user);
      const known = await marks.of(items);
      const receipts = items.map((member) => {
        const mark = known.get(markKey(member));
        const at = mark === undefined || mark.recv === 0 ? {} : { at: mark.at.toISOString() };
        const read = mark?.read ?? 0;
        return { user: member.user, received: Math.max(mark?.recv ?? 0, read), read, ...at };
      });
      return { items: receipts, ...rest };
    },
  };
}
