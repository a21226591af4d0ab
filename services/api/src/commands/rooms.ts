import { pageSize } from '@gapless/shared/commands';
import type { RoomId } from '@gapless/shared/schema';
import { keyPlace, pageOf, readKeyCursor } from '../domain/cursor.ts';
import type { DirectRooms } from '../domain/rooms/direct-rooms.ts';
import type { RoomLists } from '../domain/rooms/room-lists.ts';
import { roomNameKey } from '../domain/rooms/room-names.ts';
import type { RoomSettings } from '../domain/rooms/room-settings.ts';
import type { Rooms, RoomView } from '../domain/rooms/rooms.ts';
import type { ReadViews } from '../domain/rooms/rooms-read.ts';
import type { Handlers } from './handler.ts';
import { type NicknameReads, showRoom, showRooms } from './show-room.ts';

export interface RoomDeps {
  readonly rooms: Rooms;
  readonly roomLists: RoomLists;
  readonly directRooms: DirectRooms;
  readonly roomSettings: RoomSettings;
  readonly withReads: ReadViews;
  readonly accountStore: NicknameReads;
}

type RoomCommand =
  | 'rooms.create'
  | 'rooms.direct'
  | 'rooms.mine'
  | 'rooms.public'
  | 'rooms.get'
  | 'rooms.byNumber'
  | 'rooms.change'
  | 'rooms.freeze'
  | 'rooms.unfreeze'
  | 'rooms.slow'
  | 'rooms.archive'
  | 'rooms.unarchive'
  | 'rooms.delete';

export function roomHandlers(deps: RoomDeps): Handlers<RoomCommand> {
  const { rooms, roomLists, directRooms, roomSettings, withReads, accountStore } = deps;
  const show = (view: RoomView) => showRoom(accountStore, view);
  const showRead = async (user: Parameters<ReadViews>[0], view: RoomView) => {
    const [read = view] = await withReads(user, [view]);
    return show(read);
  };

  return {
    'rooms.create': async ({ user }, asked) => show(await rooms.create(user, asked)),
    'rooms.direct': async ({ user }, { user: other }) => showRead(user, await directRooms.open(user, other)),
    'rooms.mine': async ({ user }, { kind, limit = pageSize, cursor }) => {
      const { items, ...rest } = await roomLists.mine(user, { kind, cursor, limit });
      return { items: await showRooms(accountStore, items), ...rest };
    },
    'rooms.public': async (_, { name, limit = pageSize, cursor }) => {
      const after = readKeyCursor<RoomId>(cursor);
      const found = await rooms.public({ name, after, limit: limit + 1 });
      const place = ({ id, name: shown }: (typeof found)[number]) => keyPlace({ key: roomNameKey(shown), id });
      const { items, ...rest } = pageOf(found, limit, place);
      return { items: await showRooms(accountStore, items.map(asStranger)), ...rest };
    },
    'rooms.get': async ({ user }, { room }) => showRead(user, await rooms.get(user, room)),
    'rooms.byNumber': async ({ user }, { number }) => showRead(user, await rooms.byNumber(user, number)),
    'rooms.change': async ({ user }, { room, ifVersion, ...changes }) =>
      show(await roomSettings.change(user, room, changes, ifVersion)),
    'rooms.freeze': ({ user }, { room }) => roomSettings.freeze(user, room, true),
    'rooms.unfreeze': ({ user }, { room }) => roomSettings.freeze(user, room, false),
    'rooms.slow': ({ user }, { room, seconds }) => roomSettings.slow(user, room, seconds),
    'rooms.archive': ({ user }, { room }) => roomSettings.archive(user, room, true),
    'rooms.unarchive': ({ user }, { room }) => roomSettings.archive(user, room, false),
    'rooms.delete': ({ user }, { room }) => roomSettings.delete(user, room),
  };
}

const asStranger = (room: RoomView['room']): RoomView => ({ room, membership: undefined });
