import { pageSize } from '@gapless/shared/commands';
import type { UserId } from '@gapless/shared/schema';
import type { AccountStore } from '../domain/account-store.ts';
import { fromCursor, pageOf } from '../domain/cursor.ts';
import type { MarkRead } from '../domain/mark-read.ts';
import { type Marks, markKey } from '../domain/marks.ts';
import type { Memberships } from '../domain/memberships.ts';
import type { Rooms } from '../domain/rooms.ts';
import type { Handlers } from './handler.ts';
import { showMember, showRoom } from './show.ts';

export interface MemberDeps {
  readonly rooms: Rooms;
  readonly memberships: Memberships;
  readonly accountStore: Pick<AccountStore, 'nicknames'>;
  readonly marks: Marks;
  readonly markRead: MarkRead;
}

type MemberCommand =
  | 'rooms.join'
  | 'rooms.joinByNumber'
  | 'rooms.leave'
  | 'rooms.remove'
  | 'rooms.members'
  | 'rooms.read'
  | 'rooms.receipts';

export function memberHandlers(deps: MemberDeps): Handlers<MemberCommand> {
  const { rooms, memberships, accountStore, marks, markRead } = deps;
  return {
    'rooms.join': async ({ user }, { room }) => showRoom(await memberships.join(user, room)),
    'rooms.joinByNumber': async ({ user }, { number }) => showRoom(await memberships.joinByNumber(user, number)),
    'rooms.leave': ({ user }, { room }) => memberships.leave(user, room),
    'rooms.remove': ({ user: by }, { room, user }) => memberships.remove(by, room, user),
    'rooms.members': async ({ user }, { room, limit = pageSize, cursor }) => {
      const found = await rooms.members(user, room, { above: fromCursor<UserId>(cursor), limit: limit + 1 });
      const { items, ...rest } = pageOf(found, limit, (member) => member.user);
      const nicknames = await accountStore.nicknames(items.map((member) => member.user));
      return { items: items.map((member) => showMember(member, nicknames.get(member.user))), ...rest };
    },
    'rooms.read': ({ user }, { room, sequence }) => markRead(user, room, sequence),
    'rooms.receipts': async ({ user }, { room, limit = pageSize, cursor }) => {
      const found = await rooms.members(user, room, { above: fromCursor<UserId>(cursor), limit: limit + 1 });
      const { items, ...rest } = pageOf(found, limit, (member) => member.user);
      const known = await marks.of(items);
      const receipts = items.map((member) => {
        const mark = known.get(markKey(member));
        const at = mark === undefined ? {} : { at: mark.at.toISOString() };
        const read = mark?.read ?? 0;
        return { user: member.user, received: Math.max(mark?.recv ?? 0, read), read, ...at };
      });
      return { items: receipts, ...rest };
    },
  };
}
