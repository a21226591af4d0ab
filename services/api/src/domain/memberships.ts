import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { OpId, RoomId, UserId } from '@gapless/shared/schema';
import type { CarryOut, RoomChange, RoomChanges } from './room-changes.ts';
import type { Membership, Room, RoomStore } from './room-store.ts';
import type { RoomView } from './rooms.ts';
import { successor } from './succession.ts';

export interface Memberships {
  /** Whoever is in already stays what he is. */
  join(user: UserId, room: RoomId): Promise<RoomView>;
  joinByNumber(user: UserId, number: number): Promise<RoomView>;
  /** Whoever is not in has nothing to leave: done. The last owner's place is taken as `succession.ts` says. */
  leave(user: UserId, room: RoomId): Promise<void>;
}

export interface MembershipsDeps {
  readonly store: Pick<RoomStore, 'withNumber'>;
  readonly changes: RoomChanges;
  readonly carryOut: CarryOut;
  readonly clock: Clock;
  readonly limits: { readonly roomMembers: number; readonly userRooms: number };
}

interface Done<T> {
  readonly result: T;
  readonly op?: OpId;
}

export function createMemberships({ store, changes, carryOut, clock, limits }: MembershipsDeps): Memberships {
  async function admit(change: RoomChange, user: UserId, id: RoomId): Promise<Done<RoomView>> {
    const room = await change.room(id);
    if (room === undefined) throw new Failure('room_not_found');
    const current = await change.membership(id, user);
    if (current !== undefined) return { result: { room, membership: current } };
    if (room.kind === 'direct') throw new Failure('room_not_found');
    if ((await change.roomsOf(user, limits.userRooms)) >= limits.userRooms) throw new Failure('too_many_rooms');
    const version = await change.grow(id, limits.roomMembers);
    if (version === undefined) throw new Failure('room_full');
    return enter(change, room, user, version);
  }

  async function enter(change: RoomChange, room: Room, user: UserId, version: number): Promise<Done<RoomView>> {
    const at = clock.now();
    // A room that everybody has left waits for its next owner.
    const role = room.members === 0 ? 'owner' : 'member';
    const membership: Membership = {
      room: room.id,
      user,
      role,
      version,
      joinedIn: version,
      since: 0,
      joinedAt: new Date(at),
    };
    await change.setMembership(membership);
    const event = { v: 1, t: 'mem', op: 'join', r: room.id, u: user, at, us: [user], ver: version } as const;
    const op = await change.announce(version, event, [user]);
    return { result: { room: { ...room, members: room.members + 1, version }, membership }, op };
  }

  async function dismiss(change: RoomChange, user: UserId, id: RoomId): Promise<Done<undefined>> {
    const room = await change.room(id);
    if (room === undefined) throw new Failure('room_not_found');
    const membership = await change.membership(id, user);
    if (membership === undefined) return { result: undefined };
    if (room.kind === 'direct') throw new Failure('forbidden', { detail: 'A direct room cannot be left' });
    const heir = membership.role === 'owner' ? await successor(change, id, user) : undefined;
    const version = await change.shrink(id);
    await change.endMembership(id, user, version);
    if (heir !== undefined) await change.setMembership({ ...heir, role: 'owner', version });
    const event = { v: 1, t: 'mem', op: 'leave', r: id, u: user, at: clock.now(), us: [user], ver: version } as const;
    const touched = heir === undefined ? [user] : [user, heir.user];
    return { result: undefined, op: await change.announce(version, event, touched) };
  }

  async function perform<T>(room: RoomId, work: (change: RoomChange) => Promise<Done<T>>): Promise<T> {
    const { result, op } = await changes.run(room, work);
    if (op !== undefined) await carryOut(room, op);
    return result;
  }

  const join = (user: UserId, room: RoomId) => perform(room, (change) => admit(change, user, room));

  return {
    join,
    async joinByNumber(user, number) {
      const room = await store.withNumber(number);
      if (room === undefined) throw new Failure('room_not_found');
      return join(user, room.id);
    },
    leave: (user, room) => perform(room, (change) => dismiss(change, user, room)),
  };
}
