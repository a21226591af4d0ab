import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import { entering, newMembership } from './admission.ts';
import type { RoomChange, RoomChanges } from './room-changes.ts';
import type { Room, RoomStore } from './room-store.ts';
import { bare, newRoom, type RoomView } from './rooms.ts';

export interface DirectRooms {
  /** The one room of these two, made where there is none yet; with oneself it is a place for notes. */
  open(user: UserId, other: UserId): Promise<RoomView>;
}

export function createDirectRooms(deps: {
  store: Pick<RoomStore, 'directOf' | 'membership'>;
  changes: RoomChanges;
  clock: Clock;
  limits: { readonly userRooms: number };
}): DirectRooms {
  const { store, changes, clock, limits } = deps;

  async function view(room: Room, user: UserId): Promise<RoomView> {
    return { room, membership: await store.membership(room.id, user) };
  }

  async function make(change: RoomChange, user: UserId, other: UserId): Promise<Room> {
    // First of all: a transaction that waited here reads what the one before it has written.
    await change.lockPair(user, other);
    const found = await change.directOf(user, other);
    if (found !== undefined) return found;
    const both = user === other ? [user] : [user, other];
    if (!(await change.active([other])).has(other)) throw new Failure('not_found', { detail: 'No such user' });
    if ((await change.blockedAmong(user, [other])).size > 0) throw new Failure('blocked');
    for (const one of both) {
      const origin = one === user ? 'own' : 'opened_by_others';
      if ((await change.roomsOf(one, origin, limits.userRooms)) >= limits.userRooms) {
        throw new Failure('too_many_rooms');
      }
    }
    return add(change, user, both);
  }

  async function add(change: RoomChange, user: UserId, both: readonly UserId[]): Promise<Room> {
    const now = clock.now();
    const [other = user] = both.filter((one) => one !== user);
    const fields = { ...bare, visibility: 'private', kind: 'direct', history: 'all' } as const;
    const room: Room = { ...newRoom(user, now), ...fields, pair: pairOf(user, other), members: both.length };
    await change.addRoom(room);
    for (const one of both) {
      const membership = newMembership(room, one, 'member', room.version, now);
      const isGuest = one === user ? {} : ({ isGuest: true } as const);
      await change.setMembership({ ...membership, other: one === user ? other : user, ...isGuest });
    }
    await change.announce(1, { v: 1, t: 'room', r: room.id, u: user, at: now, kind: 'direct' }, []);
    const event = entering({ room, by: user, now }, { op: 'join', us: both, ver: 2, role: 'member' });
    await change.announce(2, event, both);
    for (const one of both) await change.tell({ v: 1, t: 'added', r: one, u: user, at: now, in: room.id, ver: 2 });
    return room;
  }

  return {
    async open(user, other) {
      const found = await store.directOf(user, other);
      if (found !== undefined) return view(found, user);
      const key = pairOf(user, other).join(':');
      return view(await changes.run(key, (change) => make(change, user, other)), user);
    },
  };
}

/** Sorted: the same whoever asks. */
export const pairOf = (a: UserId, b: UserId): readonly [UserId, UserId] => (a < b ? [a, b] : [b, a]);
