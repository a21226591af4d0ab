import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { OpId, RoomId, UserId } from '@gapless/shared/schema';
import { keepsOrder } from './roles.ts';
import type { CarryOut, RoomChange, RoomChanges } from './room-changes.ts';
import type { Membership, Room, RoomStore } from './room-store.ts';
import { joinEvent, type RoomView } from './rooms.ts';
import { successor } from './succession.ts';

export interface Memberships {
  /** Whoever is in already stays what he is. */
  join(user: UserId, room: RoomId): Promise<RoomView>;
  joinByNumber(user: UserId, number: number): Promise<RoomView>;
  /** Whoever is not in has nothing to leave: done. The last owner's place is taken as `succession.ts` says. */
  leave(user: UserId, room: RoomId): Promise<void>;
  /** For owners and moderators, of anybody but an owner. Whoever is not in need not be removed: done. */
  remove(by: UserId, room: RoomId, user: UserId): Promise<void>;
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
      history: room.history,
      past: await change.staysOf(room.id, user),
    };
    await change.setMembership(membership);
    const op = await change.announce(version, joinEvent(room, user, at, version), [user]);
    return { result: { room: { ...room, members: room.members + 1, version }, membership }, op };
  }

  async function dismiss(change: RoomChange, user: UserId, id: RoomId): Promise<Done<undefined>> {
    const room = await change.room(id);
    if (room === undefined) throw new Failure('room_not_found');
    const membership = await change.membership(id, user);
    if (membership === undefined) return { result: undefined };
    if (room.kind === 'direct') throw new Failure('forbidden', { detail: 'A direct room cannot be left' });
    return depart(change, 'leave', user, membership);
  }

  async function expel(change: RoomChange, by: UserId, user: UserId, id: RoomId): Promise<Done<undefined>> {
    const room = await change.room(id);
    if (room === undefined) throw new Failure('room_not_found');
    const remover = await change.membership(id, by);
    if (remover === undefined) throw new Failure('not_member');
    if (!keepsOrder.has(remover.role)) throw new Failure('forbidden', { detail: 'Only owners and moderators remove' });
    const membership = await change.membership(id, user);
    if (membership === undefined) return { result: undefined };
    if (room.kind === 'direct') throw new Failure('forbidden', { detail: 'Nobody is removed from a direct room' });
    if (membership.role === 'owner') throw new Failure('forbidden', { detail: 'An owner cannot be removed' });
    return depart(change, 'remove', by, membership);
  }

  async function depart(
    change: RoomChange,
    op: 'leave' | 'remove',
    by: UserId,
    { room: id, user, role }: Membership,
  ): Promise<Done<undefined>> {
    const heir = role === 'owner' ? await successor(change, id, user) : undefined;
    const version = await change.shrink(id);
    await change.endMembership(id, user, version);
    if (heir !== undefined) await change.setMembership({ ...heir, role: 'owner', version });
    const event = { v: 1, t: 'mem', op, r: id, u: by, at: clock.now(), us: [user], ver: version } as const;
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
    remove: (by, room, user) => perform(room, (change) => expel(change, by, user, room)),
  };
}
