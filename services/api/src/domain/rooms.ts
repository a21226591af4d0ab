import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import {
  type ClientId,
  type HistoryPolicy,
  type MembershipEvent,
  newId,
  type OpId,
  type RoomId,
  type UserId,
} from '@gapless/shared/schema';
import { type Making, once } from './once.ts';
import type { CarryOut, RoomChange, RoomChanges } from './room-changes.ts';
import type { Membership, Room, RoomStore } from './room-store.ts';

/** A room as one user sees it. */
export interface RoomView {
  readonly room: Room;
  readonly membership: Membership | undefined;
  /** How far the user has read it, 0 for not at all; absent when that is not known. */
  readonly read?: number;
}

export interface RoomAsked {
  readonly name: string;
  readonly history?: HistoryPolicy | undefined;
}

export interface Rooms {
  /** Once for one client id. */
  create(user: UserId, asked: RoomAsked & { clientId?: ClientId | undefined }): Promise<RoomView>;
  mine(user: UserId, page: { below?: RoomId | undefined; limit: number }): Promise<RoomView[]>;
  /** Group rooms are open to all; a direct room exists only for its two. */
  get(user: UserId, room: RoomId): Promise<RoomView>;
  byNumber(user: UserId, number: number): Promise<RoomView>;
  members(user: UserId, room: RoomId, page: { above?: UserId | undefined; limit: number }): Promise<Membership[]>;
}

export interface RoomsDeps {
  readonly store: RoomStore;
  readonly changes: RoomChanges;
  readonly carryOut: CarryOut;
  readonly clock: Clock;
  readonly limits: { readonly userRooms: number };
}

export function createRooms({ store, changes, carryOut, clock, limits }: RoomsDeps): Rooms {
  async function view(user: UserId, room: Room | undefined): Promise<RoomView> {
    if (room === undefined) throw new Failure('room_not_found');
    const membership = await store.membership(room.id, user);
    if (membership === undefined && room.kind === 'direct') throw new Failure('room_not_found');
    return { room, membership };
  }

  const create: Rooms['create'] = async (user, { clientId, ...asked }) => {
    const { name, history = 'all' } = asked;
    const at = clock.now();
    const id = newId<RoomId>(at);
    const number = await store.nextNumber();
    // Version 1 makes the room, version 2 its first member.
    const room: Room = {
      id,
      kind: 'group',
      name,
      history,
      number,
      members: 1,
      version: 2,
      createdAt: new Date(at),
      createdBy: user,
    };
    const membership: Membership = {
      room: id,
      user,
      role: 'owner',
      version: 2,
      joinedIn: 2,
      since: 0,
      joinedAt: new Date(at),
      history,
      past: [],
    };
    const making: Making | undefined = clientId && { user, command: 'rooms.create', clientId, asked: { ...asked } };
    const make = async (change: RoomChange): Promise<{ id: RoomId; op: OpId }> => {
      if ((await change.roomsOf(user, limits.userRooms)) >= limits.userRooms) throw new Failure('too_many_rooms');
      await change.addRoom(room);
      await change.setMembership(membership);
      await change.announce(1, { v: 1, t: 'room', r: id, u: user, at, name, no: number, kind: 'group' }, []);
      return { id, op: await change.announce(2, joinEvent(room, user, at, 2), [user]) };
    };
    const made = await changes.run(id, (change) => once(change.makings, making, at, () => make(change)));
    if (made.op === undefined) return view(user, await store.withId(made.id));
    await carryOut(id, made.op);
    return { room, membership };
  };

  return {
    create,
    async mine(user, page) {
      const memberships = await store.membershipsOf(user, page);
      const rooms = new Map((await store.withIds(memberships.map((m) => m.room))).map((room) => [room.id, room]));
      return memberships.flatMap((membership) => {
        const room = rooms.get(membership.room);
        return room === undefined ? [] : [{ room, membership }];
      });
    },
    get: async (user, room) => view(user, await store.withId(room)),
    byNumber: async (user, number) => view(user, await store.withNumber(number)),
    async members(user, room, page) {
      const { membership } = await view(user, await store.withId(room));
      if (membership === undefined) throw new Failure('not_member');
      return store.membersOf(room, page);
    },
  };
}

/** Says with the join what the new member does not see, since edges hear of both at once. */
export const joinEvent = ({ id, history }: Room, user: UserId, at: number, ver: number): MembershipEvent => ({
  ...{ v: 1, t: 'mem', op: 'join', r: id, u: user, at, us: [user], ver },
  ...(history === 'all' ? {} : { hist: history }),
});
