import { pageSize } from '@gapless/shared/commands';
import { excerptOf } from '@gapless/shared/search';
import type { AccountStore } from '../domain/accounts/account-store.ts';
import type { RoomStore } from '../domain/rooms/room-store.ts';
import type { ReadViews } from '../domain/rooms/rooms-read.ts';
import type { MyRoomsSearch } from '../domain/search/my-rooms-search.ts';
import type { RoomSearch } from '../domain/search/room-search.ts';
import type { Hit } from '../domain/search/search-hits.ts';
import type { SearchRooms } from '../domain/search/search-rooms.ts';
import type { Handlers } from './handler.ts';
import { showRooms } from './show-room.ts';

export interface SearchDeps {
  readonly roomSearch: RoomSearch;
  readonly myRoomsSearch: MyRoomsSearch;
  readonly roomStore: Pick<RoomStore, 'withIds'>;
  readonly searchRooms: SearchRooms;
  readonly withReads: ReadViews;
  readonly accountStore: Pick<AccountStore, 'nicknames'>;
}

type SearchCommand = 'messages.search' | 'search.messages' | 'search.rooms';

export function searchHandlers(deps: SearchDeps): Handlers<SearchCommand> {
  const { roomSearch, myRoomsSearch, searchRooms, withReads, roomStore, accountStore } = deps;

  async function show(hits: readonly Hit[]) {
    const nicknames = await accountStore.nicknames([...new Set(hits.map(({ message }) => message.user))]);
    return hits.map(({ room, message: { seq, user, at, edited, thread, body }, places }) => {
      const nickname = nicknames.get(user);
      const { text, highlights } = excerptOf(body.text, places);
      return {
        ...{ room, sequence: seq, user },
        ...(nickname === undefined ? {} : { nickname }),
        at: at.toISOString(),
        ...(edited === undefined ? {} : { edited: edited.toISOString() }),
        ...(thread === undefined ? {} : { thread }),
        text,
        highlights: highlights.map(([start, length]): [number, number] => [start, length]),
      };
    });
  }

  return {
    'messages.search': async ({ user }, { room, q: query, limit = pageSize, ...bounds }) => {
      const { items, ...rest } = await roomSearch(user, room, { query, limit, ...bounds });
      return { items: await show(items), ...rest };
    },
    'search.messages': async ({ user }, { q: query, limit = pageSize, ...bounds }) => {
      const { items, ...rest } = await myRoomsSearch(user, { query, limit, ...bounds });
      const rooms = await roomStore.withIds([...new Set(items.map(({ room }) => room))]);
      const names = new Map(rooms.map(({ id, name }) => [id, name]));
      const shown = await show(items);
      return { items: shown.map((hit) => ({ ...hit, roomName: names.get(hit.room) ?? '' })), ...rest };
    },
    'search.rooms': async ({ user }, { q: query, limit = pageSize, cursor }) => {
      const { items, ...rest } = await searchRooms(user, { query, limit, cursor });
      return { items: await showRooms(accountStore, await withReads(user, items)), ...rest };
    },
  };
}
