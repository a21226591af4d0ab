import type { AccessStore, Commands } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { type Clock, systemClock } from '@gapless/shared/runtime';
import {
  entersRoom,
  leavesRoom,
  type MembershipEvent,
  mutedForGood,
  type RoomAccess,
  type RoomId,
  type UserAccess,
  type UserId,
} from '@gapless/shared/schema';
import { isAnotherStay } from './member-rooms.ts';
import { UserRooms, type UserRoomsDeps } from './user-rooms.ts';

/** Who may use which room, as far as the users of this edge go. */
export interface RoomAccessCache {
  /** The user's rooms as the bucket holds them now. */
  load(user: UserId): Promise<ReadonlyMap<RoomId, RoomAccess>>;
  /** Reads them again if he is here, at most once a second for all who ask. */
  reload(user: UserId): Promise<void>;
  /** Of a user who was loaded. Answers at once where the answer is known; asks the bucket, at most once a second, where not. */
  isMember(user: UserId, room: RoomId): boolean | Promise<boolean>;
  /** The rooms of a user who was loaded, as they are known now. */
  known(user: UserId): ReadonlyMap<RoomId, RoomAccess>;
  /** Whether changes of the room reach this edge: when it begins to hear a room, who is in it is to be asked once more. */
  hears(room: RoomId): boolean;
  /** The membership as it is known now. */
  membership(user: UserId, room: RoomId): RoomAccess | undefined;
  /** Changes of the room may have been missed. */
  doubt(room: RoomId): void;
  /** A change of membership that went through a room's log. */
  apply(event: MembershipEvent, seq: number): void;
  /** The room of that version is gone, for all of its members. */
  gone(room: RoomId, ver: number): void;
  /** What the user may has changed: reads it anew, within a second. */
  renew(user: UserId): void;
  /** The user's last socket is gone. */
  forget(user: UserId): void;
}

export interface RoomAccessDeps {
  readonly access: Pick<AccessStore, 'read'>;
  readonly commands: Pick<Commands, 'call'>;
  /** Whether this edge hears a room's changes. */
  readonly follows: (room: RoomId) => boolean;
  /** The user may not use the room any more. */
  readonly removed: (user: UserId, room: RoomId) => void;
  /** The user was out, as nobody had said here, and is in again: what his sockets have of the stay before ends. */
  readonly begunAnew: (user: UserId, room: RoomId) => void;
  readonly clock?: Clock;
}

/** A removal takes effect within this time in rooms whose changes this edge does not hear. */
const unheardMaxAgeMs = 1_000;
/** A change that the bus lost takes effect within this time for users who write. */
const heardMaxAgeMs = 30_000;

export function createRoomAccess(deps: RoomAccessDeps): RoomAccessCache {
  const { access, commands, follows, removed, begunAnew, clock = systemClock } = deps;
  const users = new Map<UserId, UserRooms>();

  const ask = async (user: UserId): Promise<UserAccess> => {
    const answer = (await commands.call('access.find', { u: user })) as { rooms: UserAccess };
    return answer.rooms;
  };

  const read = async (user: UserId): Promise<UserAccess> => (await access.read(user))?.rooms ?? ask(user);

  const parts: UserRoomsDeps = { read, ask, removed, begunAnew, clock };
  const open = (user: UserId): UserRooms => {
    const opened = new UserRooms(user, parts);
    users.set(user, opened);
    return opened;
  };

  /** When it fails, what is known still holds, and is asked about again. */
  const readInBackground = (own: UserRooms): void => {
    own.readAnew().catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
    });
  };

  return {
    load: async (user) => {
      const own = users.get(user) ?? open(user);
      await own.read();
      return own.rooms.current();
    },
    reload: async (user) => users.get(user)?.readAnew(),
    isMember: (user, room) => {
      const own = users.get(user);
      if (own === undefined) return false;
      const ageMs = own.ageMs();
      if (!own.rooms.has(room)) return own.readAnew().then(() => own.rooms.has(room));
      if (ageMs > unheardMaxAgeMs && !follows(room)) return own.readAgain().then(() => own.rooms.has(room));
      if (ageMs > heardMaxAgeMs) readInBackground(own);
      return true;
    },
    known: (user) => users.get(user)?.rooms.current() ?? new Map(),
    hears: follows,
    membership: (user, room) => users.get(user)?.rooms.membership(room),
    apply: (event, seq) => {
      for (const user of event.us) {
        const own = users.get(user);
        if (own === undefined) continue;
        const { rooms } = own;
        if (entersRoom(event.op)) {
          const before = rooms.membership(event.r);
          if (!rooms.join(event.r, joinedBy(user, event, seq), clock.now())) readInBackground(own);
          const now = rooms.membership(event.r);
          if (before !== undefined && now !== undefined && isAnotherStay(before, now)) begunAnew(user, event.r);
        } else if (leavesRoom(event.op)) {
          if (rooms.leave(event.r, event.ver, clock.now())) removed(user, event.r);
        } else if (event.op !== 'unban' && !rooms.become(event.r, event.ver, (before) => becomes(before, event))) {
          readInBackground(own);
        }
      }
      if (event.heir === undefined) return;
      const heir = users.get(event.heir);
      if (heir?.rooms.become(event.r, event.ver, (before) => inRole(before, 'owner')) === false) {
        readInBackground(heir);
      }
    },
    gone: (room, ver) => {
      for (const [user, own] of users) {
        if (own.concerns(room) && own.rooms.leave(room, ver, clock.now())) removed(user, room);
      }
    },
    doubt: (room) => {
      for (const own of users.values()) if (own.rooms.has(room)) readInBackground(own);
    },
    renew: (user) => {
      const own = users.get(user);
      if (own !== undefined) readInBackground(own);
    },
    forget: (user) => {
      users.get(user)?.forget();
      users.delete(user);
    },
  };
}

/** Stays before this one only the bucket knows: until it is read they are not shown. */
function joinedBy(user: UserId, { ver, hist, role = 'member', mutes }: MembershipEvent, since: number) {
  const mute = mutes?.[user];
  return {
    ...{ role, ver, since },
    ...(hist === undefined ? {} : { own: [], jv: ver }),
    ...(mute === undefined ? {} : { mute }),
  };
}

/** At once and by the event itself: what is sent behind it must not pass because the bucket was not read yet. */
function becomes(before: RoomAccess, { op, role = before.role, until }: MembershipEvent): RoomAccess {
  const { mute: _, ...free } = before;
  if (op === 'mute') return { ...free, mute: until ?? mutedForGood };
  if (op === 'unmute') return free;
  return inRole(before, role);
}

/** Whoever becomes owner may write: the mute ends, as it does where memberships are stored. */
function inRole({ mute, ...before }: RoomAccess, role: RoomAccess['role']): RoomAccess {
  return { ...before, role, ...(mute === undefined || role === 'owner' ? {} : { mute }) };
}
