import type { RoomId, UserId } from '@gapless/shared/schema';
import type { Page } from '../cursor.ts';
import type { RoomStore } from '../rooms/room-store.ts';
import { visibleTo } from '../rooms/visible-to.ts';
import { readPositions, writePositions } from './search-cursor.ts';
import { collectHits, gramsFor, type Hit, isAtEnd, readSought, type SearchTurn } from './search-hits.ts';
import type { SearchStore, Stretch } from './search-store.ts';
import type { SearchWalk, Source } from './search-walk.ts';

export interface MyRoomsSearchRequest {
  readonly query: string;
  readonly from?: UserId | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/**
 * Messages of all rooms of a user that say something, as far as he may see them, the newest first. They are looked for among
 * those that the log worker has written, and shown as they are now.
 */
export type MyRoomsSearch = (user: UserId, request: MyRoomsSearchRequest) => Promise<Page<Hit>>;

export interface MyRoomsSearchDeps {
  readonly rooms: Pick<RoomStore, 'membershipsOf' | 'activity'>;
  readonly store: SearchStore;
  readonly walk: SearchWalk;
  readonly turn: () => SearchTurn;
  readonly streamOf: (room: RoomId) => string;
  readonly limits: { readonly userRooms: number };
}

export function createMyRoomsSearch(deps: MyRoomsSearchDeps): MyRoomsSearch {
  const { rooms, store, walk, turn, streamOf, limits } = deps;

  /** His own and those that others opened, each to the limit, which is not exact and may have been higher. */
  async function stretchesOf(user: UserId): Promise<Stretch[]> {
    const memberships = await rooms.membershipsOf(user, 3 * limits.userRooms);
    const there = await rooms.activity(memberships.map(({ room }) => room));
    return memberships.flatMap((membership) => {
      const { room } = membership;
      return there.has(room) ? visibleTo(membership).map((range) => ({ room, ...range })) : [];
    });
  }

  function sourcesOf(stretches: readonly Stretch[]): Source[] {
    const sources = new Map<string, Stretch[]>();
    for (const stretch of stretches) {
      const stream = streamOf(stretch.room);
      const others = sources.get(stream);
      if (others === undefined) sources.set(stream, [stretch]);
      else others.push(stretch);
    }
    return [...sources].map(([stream, of]) => ({ stream, stretches: of }));
  }

  return async (user, { query, from, cursor, limit }) => {
    const sought = readSought(query, from);
    const reached = readPositions(cursor);
    const { find, isLate } = turn();
    const stretches = await stretchesOf(user);
    const sources = sourcesOf(stretches);
    // Of a stream that has no room of his any more nothing is looked at: its position would never come to an end.
    const current = new Set(sources.map(({ stream }) => stream));
    const begin = new Map([...reached].filter(([stream]) => current.has(stream)));
    const grams = await gramsFor(store, stretches, sought);
    const { hits, positions } = await collectHits(
      (reached) => walk(sources, grams, reached),
      (places) => find(places, sought),
      { from: begin, limit, isLate },
    );
    return isAtEnd(positions) ? { items: hits } : { items: hits, next: writePositions(positions) };
  };
}
