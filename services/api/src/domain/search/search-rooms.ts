import type { RoomId, UserId } from '@gapless/shared/schema';
import { placesIn, type SearchQuery } from '@gapless/shared/search';
import { fromCursor, type Page, toCursor } from '../cursor.ts';
import type { Room, RoomStore } from '../rooms/room-store.ts';
import type { RoomView } from '../rooms/rooms.ts';
import type { RoomGramStore } from './room-gram-store.ts';
import { readSought } from './search-hits.ts';

export interface RoomsSought {
  readonly query: string;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** Public groups, and rooms of mine, of which name and topic have what is looked for, the newest first. */
export type SearchRooms = (user: UserId, sought: RoomsSought) => Promise<Page<RoomView>>;

export interface SearchRoomsDeps {
  readonly store: Pick<RoomStore, 'membershipsOf' | 'withIds'>;
  readonly grams: RoomGramStore;
  readonly limits: { readonly userRooms: number };
}

/** A page looks at so many: it may be short, and have a next one. */
const roomsAtOnce = 200;

export function createSearchRooms({ store, grams, limits }: SearchRoomsDeps): SearchRooms {
  return async (user, { query: text, cursor, limit }) => {
    const { query } = readSought(text, undefined);
    const [by, ...others] = query.grams as readonly [string, ...string[]];
    const below = fromCursor<RoomId>(cursor);
    // As many as a user may have, his own and those that others opened.
    const memberships = await store.membershipsOf(user, 3 * limits.userRooms, below);
    const mine = new Map(memberships.map((membership) => [membership.room, membership]));
    const [open, own] = await Promise.all([
      grams.publicWith({ by, others }, { below, limit: roomsAtOnce }),
      grams.among([...mine.keys()], { by, others }),
    ]);
    const floor = open.length === roomsAtOnce ? open.at(-1)?.id : undefined;
    const named = new Set([...own, ...open.flatMap(({ id, hasAll }) => (hasAll ? id : []))]);
    const inOrder = [...named].filter((id) => floor === undefined || id >= floor).sort((a, b) => (a < b ? 1 : -1));
    const looked = inOrder.slice(0, roomsAtOnce);
    const rooms = new Map((await store.withIds(looked)).map((room) => [room.id, room]));
    const found = looked.flatMap((id): RoomView[] => {
      const room = rooms.get(id);
      return room !== undefined && says(room, query) ? [{ room, membership: mine.get(id) }] : [];
    });
    const items = found.slice(0, limit);
    const end = found.length > limit ? items.at(-1)?.room.id : inOrder.length > looked.length ? looked.at(-1) : floor;
    return end === undefined ? { items } : { items, next: toCursor(end) };
  };
}

const says = ({ name, topic = '' }: Room, query: SearchQuery): boolean =>
  placesIn(`${name}\n${topic}`, query) !== undefined;
