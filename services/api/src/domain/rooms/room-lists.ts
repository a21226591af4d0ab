import { Failure } from '@gapless/shared/errors';
import { isId, type RoomId, type RoomKind, type UserId } from '@gapless/shared/schema';
import type { NotifySettings } from '../reading/notify-settings.ts';
import type { Membership, RoomStore } from './room-store.ts';
import type { RoomView } from './rooms.ts';
import type { ReadViews } from './rooms-read.ts';

export interface RoomLists {
  /**
   * My rooms, where something happened last comes first. Each at most once in a walk over the pages: one in which something
   * happens meanwhile moves to the beginning, and is found by a new walk.
   */
  mine(user: UserId, page: MinePage): Promise<RoomPage>;
  /** The same of anybody, without what is said there and what of it is his alone. */
  of(user: UserId, page: MinePage): Promise<RoomPage>;
}

export interface MinePage {
  readonly kind?: RoomKind | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface RoomPage {
  readonly items: readonly RoomView[];
  readonly next?: string;
}

interface Place {
  /** When the last message came, or I did, ms. */
  readonly at: number;
  readonly room: RoomId;
  readonly membership: Membership;
}

/** Where a page ended, in a walk that began when `asOf` was the newest. */
interface Walk {
  readonly asOf: number;
  readonly at: number;
  readonly room: RoomId;
}

export function createRoomLists(deps: {
  store: Pick<RoomStore, 'membershipsOf' | 'activity' | 'withIds'>;
  withReads: ReadViews;
  withNotify: NotifySettings['views'];
  limits: { readonly userRooms: number };
}): RoomLists {
  const { store, withReads, withNotify, limits } = deps;

  /** His own and those that others opened, each to the limit, which is not exact and may have been higher. */
  async function placesOf(user: UserId, kind: RoomKind | undefined): Promise<Place[]> {
    const all = await store.membershipsOf(user, 3 * limits.userRooms);
    const asked = kind === undefined ? all : all.filter(({ other }) => (other === undefined) === (kind === 'group'));
    const activity = await store.activity(asked.map(({ room }) => room));
    const places = asked.flatMap((membership) => {
      const { room, joinedAt } = membership;
      if (!activity.has(room)) return [];
      return [{ at: Math.max(joinedAt.getTime(), activity.get(room)?.getTime() ?? 0), room, membership }];
    });
    return places.sort((a, b) => b.at - a.at || (a.room < b.room ? 1 : -1));
  }

  async function pageOf(user: UserId, { kind, cursor, limit }: MinePage): Promise<RoomPage> {
    const walk = cursor === undefined ? undefined : readWalk(cursor);
    const places = await placesOf(user, kind);
    const rest = walk === undefined ? places : places.filter((place) => isBehind(place, walk));
    const shown = rest.slice(0, limit);
    const rooms = new Map((await store.withIds(shown.map(({ room }) => room))).map((room) => [room.id, room]));
    const items = shown.flatMap(({ room: id, membership }) => {
      const room = rooms.get(id);
      return room === undefined ? [] : [{ room, membership }];
    });
    const last = shown.at(-1);
    if (last === undefined || rest.length === shown.length) return { items };
    return { items, next: writeWalk({ asOf: walk?.asOf ?? places[0]?.at ?? 0, at: last.at, room: last.room }) };
  }

  return {
    async mine(user, page) {
      const { items, ...rest } = await pageOf(user, page);
      return { items: await withNotify(user, await withReads(user, items)), ...rest };
    },
    async of(user, page) {
      const { items, ...rest } = await pageOf(user, page);
      return { items: items.map(withoutLast), ...rest };
    },
  };
}

function withoutLast({ room, membership }: RoomView): RoomView {
  const { last: _, ...silent } = room;
  return { room: silent, membership };
}

const isBehind = (place: Place, { asOf, at, room }: Walk): boolean =>
  place.at <= asOf && (place.at < at || (place.at === at && place.room < room));

const writeWalk = ({ asOf, at, room }: Walk): string => Buffer.from(`${asOf}.${at}.${room}`).toString('base64url');

function readWalk(cursor: string): Walk {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, asOf, at, room = ''] = /^(\d{1,15})\.(\d{1,15})\.(\w+)$/.exec(text) ?? [];
  if (!isId(room)) throw new Failure('invalid_cursor');
  const walk = { asOf: Number(asOf), at: Number(at), room: room as RoomId };
  if (writeWalk(walk) !== cursor) throw new Failure('invalid_cursor');
  return walk;
}
