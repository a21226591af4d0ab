import { pageSize } from '@gapless/shared/commands';
import { type RoomId, shownText } from '@gapless/shared/schema';
import type { AccountStore } from '../domain/accounts/account-store.ts';
import { fromCursor } from '../domain/cursor.ts';
import type { Mentions } from '../domain/messages/mentions.ts';
import type { RoomStore } from '../domain/rooms/room-store.ts';
import type { Handlers } from './handler.ts';

export interface MentionDeps {
  readonly mentions: Mentions;
  readonly roomStore: Pick<RoomStore, 'withIds'>;
  readonly accountStore: Pick<AccountStore, 'nicknames'>;
}

type MentionCommand = 'mentions.list' | 'mentions.count';

export const mentionHandlers = ({ mentions, roomStore, accountStore }: MentionDeps): Handlers<MentionCommand> => ({
  'mentions.list': async ({ user }, { limit = pageSize, cursor }) => {
    const { items, ...rest } = await mentions.list(user, { cursor, limit });
    const rooms = await roomStore.withIds([...new Set(items.map(({ room }) => room))]);
    const roomNames = new Map(rooms.map(({ id, name }) => [id, name]));
    const nicknames = await accountStore.nicknames([...new Set(items.map(({ by }) => by))]);
    const shown = items.map(({ room, seq, by, at, text, thread, all }) => {
      const nickname = nicknames.get(by);
      return {
        room,
        roomName: roomNames.get(room) ?? '',
        sequence: seq,
        user: by,
        ...(nickname === undefined ? {} : { nickname }),
        at: at.toISOString(),
        text: shownText(text),
        ...(thread === undefined ? {} : { thread }),
        ...(all ? { all: true as const } : {}),
      };
    });
    return { items: shown, ...rest };
  },
  'mentions.count': async ({ user }, { limit = pageSize, cursor }) => {
    const { items, ...rest } = await mentions.count(user, { below: fromCursor<RoomId>(cursor), limit });
    return { items: items.map(({ room, count }) => ({ room, count })), ...rest };
  },
});
