import type { Clock } from '@gapless/shared/runtime';
import {
  levelIn,
  type NotifyLevel,
  type NotifyRoom,
  type RoomId,
  type RoomNotify,
  type UserId,
  type UserNotify,
} from '@gapless/shared/schema';
import type { CarryOut } from '../rooms/room-changes.ts';
import type { Room } from '../rooms/room-store.ts';
import type { RoomView } from '../rooms/rooms.ts';
import { type RoomReads, seenByMember } from '../rooms/standing.ts';
import type { Changed, NotifyChange, NotifyStore, Said } from './notify-store.ts';

/** What holds for a member in a room. */
export interface HeldNotify {
  readonly level: NotifyLevel;
  readonly mutedUntil?: number;
}

/** Of what people want to be told. */
export interface NotifySettings {
  mine(user: UserId): Promise<Said<UserNotify>>;
  /** All of his devices are told. `expected`: only where that is the version still. */
  set(user: UserId, change: NotifyChange, expected?: number): Promise<Said<UserNotify>>;
  ofRoom(user: UserId, room: RoomId): Promise<Said<RoomNotify> & { readonly held: HeldNotify }>;
  setRoom(
    user: UserId,
    room: RoomId,
    change: NotifyChange,
    expected?: number,
  ): Promise<Said<RoomNotify> & { readonly held: HeldNotify }>;
  /** What holds for him in these rooms, of which he is a member or may become one. */
  held(user: UserId, rooms: readonly Room[]): Promise<ReadonlyMap<RoomId, HeldNotify>>;
  /** The same rooms of his, each with what holds in it. */
  views(user: UserId, views: readonly RoomView[]): Promise<RoomView[]>;
}

export interface NotifySettingsDeps {
  readonly store: NotifyStore;
  readonly rooms: RoomReads;
  readonly carryOut: CarryOut;
  readonly clock: Clock;
  /** Members up to which a group tells of every message by itself. */
  readonly allMembers: number;
}

export const notifyRoomOf = ({ kind, members }: Pick<Room, 'kind' | 'members'>, allMembers: number): NotifyRoom => ({
  kind,
  isLarge: members > allMembers,
});

export function createNotifySettings(deps: NotifySettingsDeps): NotifySettings {
  const { store, rooms, carryOut, clock, allMembers } = deps;

  const hold = (user: UserNotify, own: RoomNotify, room: Room): HeldNotify => {
    const level = levelIn(user, { ...notifyRoomOf(room, allMembers), ...own });
    return { level, ...(own.mutedUntil === undefined ? {} : { mutedUntil: own.mutedUntil }) };
  };

  async function heldIn(user: UserId, asked: readonly Room[]): Promise<ReadonlyMap<RoomId, HeldNotify>> {
    if (asked.length === 0) return new Map();
    const ids = asked.map(({ id }) => id);
    const [own, said] = await Promise.all([store.ofUser(user), store.ofRooms(user, ids)]);
    return new Map(asked.map((room) => [room.id, hold(own, said.get(room.id) ?? {}, room)]));
  }

  async function told<T>({ said, sent }: Changed<T>): Promise<Said<T>> {
    if (sent !== undefined) await carryOut(sent);
    return said;
  }

  return {
    mine: store.ofUser,
    set: async (user, change, expected) => told(await store.setUser(user, change, { expected, nowMs: clock.now() })),
    async ofRoom(user, id) {
      const { room } = await seenByMember(rooms, 'rooms.notifications', { room: id, user, now: clock.now() });
      const [mine, said] = await Promise.all([store.ofUser(user), store.ofRoom(user, id)]);
      return { ...said, held: hold(mine, said, room) };
    },
    async setRoom(user, id, change, expected) {
      const now = clock.now();
      const { room } = await seenByMember(rooms, 'rooms.setNotifications', { room: id, user, now });
      const said = await told(await store.setRoom(user, id, change, { expected, nowMs: now }));
      return { ...said, held: hold(await store.ofUser(user), said, room) };
    },
    held: heldIn,
    async views(user, views) {
      const mine = views.filter(({ membership }) => membership !== undefined).map(({ room }) => room);
      const held = await heldIn(user, mine);
      return views.map((view) => {
        const notify = view.membership && held.get(view.room.id);
        return notify === undefined ? view : { ...view, notify };
      });
    },
  };
}
