import type { RoomCommand } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { type ClientId, type HistoryPolicy, newId, type Role, type RoomId, type UserId } from '@gapless/shared/schema';
import { imageAsked } from '../files/image-uses.ts';
import { type Making, once } from '../once.ts';
import type { HeldNotify } from '../reading/notify-settings.ts';
import { entering, newMembership } from './admission.ts';
import type { RoomChange, RoomChanges } from './room-changes.ts';
import { applyFields, type FieldChanges } from './room-fields.ts';
import { roomNameKey } from './room-names.ts';
import type { Membership, PublicPage, Room, RoomStore } from './room-store.ts';
import { authorise, type RoomReads, seen, seenByMember } from './standing.ts';

/** A room as one user sees it. */
export interface RoomView {
  readonly room: Room;
  readonly membership: Membership | undefined;
  /** How far the user has read it, 0 for not at all; absent when that is not known. */
  readonly read?: number;
  /** From which message on he marked it unread, where that still holds. */
  readonly unreadFrom?: number;
  /** Written messages of the room itself above that, or from there on, counted to 100. */
  readonly unread?: number;
  /** Written messages above it that name him, threads included, counted to 100. */
  readonly mentions?: number;
  /** Of what of it he is told, in lists of his rooms. */
  readonly notify?: HeldNotify;
}

export interface Rooms {
  /** Once for one client id. */
  create(user: UserId, asked: NewRoom & { readonly clientId?: ClientId | undefined }): Promise<RoomView>;
  /** A public group is open to all, every other room exists only for its members. */
  get(user: UserId, room: RoomId): Promise<RoomView>;
  byNumber(user: UserId, number: number): Promise<RoomView>;
  /** Public groups, by name where one is looked for, else the newest first. */
  public(page: Omit<PublicPage, 'prefix'> & { readonly name?: string | undefined }): Promise<Room[]>;
  members(user: UserId, room: RoomId, page: MembersPage, command?: RoomCommand): Promise<Membership[]>;
}

export type NewRoom = FieldChanges & { readonly name: string; readonly history?: HistoryPolicy | undefined };

export interface MembersPage {
  readonly above?: UserId | undefined;
  readonly role?: Role | undefined;
  readonly limit: number;
}

export interface RoomsDeps {
  readonly store: RoomReads & Pick<RoomStore, 'withNumber' | 'membersOf' | 'publicRooms' | 'nextNumber'>;
  readonly changes: RoomChanges;
  readonly clock: Clock;
  readonly limits: { readonly userRooms: number };
}

export function createRooms({ store, changes, clock, limits }: RoomsDeps): Rooms {
  const create: Rooms['create'] = async (user, { clientId, ...whole }) => {
    const { history = 'all', ...asked } = whole;
    const now = clock.now();
    const fields = applyFields(bare, asked);
    const number = await store.nextNumber();
    const plain: Room = { ...newRoom(user, now), ...fields, kind: 'group', history, number, members: 1 };
    const membership = newMembership(plain, user, 'owner', plain.version, now);
    const making: Making | undefined = clientId && { user, command: 'rooms.create', clientId, asked: { ...whole } };
    const make = async (change: RoomChange): Promise<Room> => {
      if ((await change.roomsOf(user, 'own', limits.userRooms)) >= limits.userRooms)
        throw new Failure('too_many_rooms');
      const image = await imageAsked(change.images, asked, { owner: plain.id, by: user });
      const room = { ...plain, ...(image ? { image } : {}) };
      await change.addRoom(room);
      await change.setMembership(membership);
      const { id: r, name, visibility, topic } = room;
      const shown = {
        ...{ name, no: number, kind: 'group', visibility },
        ...(topic === undefined ? {} : { topic }),
        ...(image ? { image } : {}),
      };
      await change.announce(1, { v: 1, t: 'room', r, u: user, at: now, ...shown }, []);
      const asking = { room, by: user, now };
      await change.announce(2, entering(asking, { op: 'join', us: [user], ver: 2, role: 'owner' }), [user]);
      await change.tell({ v: 1, t: 'added', r: user, u: user, at: now, in: r, ver: 2 });
      return room;
    };
    const made = await changes.run(plain.id, (change) => once(change.makings, making, now, () => make(change)));
    if (made.id !== plain.id) return show('rooms.get', user, made.id);
    return { room: { ...plain, ...made }, membership };
  };

  async function show(command: RoomCommand, user: UserId, id: RoomId): Promise<RoomView> {
    const found = await seen(store, id, user);
    authorise(command, found, clock.now());
    return { room: found.room, membership: found.membership };
  }

  return {
    create,
    get: (user, id) => show('rooms.get', user, id),
    async byNumber(user, number) {
      const room = await store.withNumber(number);
      if (room === undefined) throw new Failure('room_not_found');
      return show('rooms.byNumber', user, room.id);
    },
    public: ({ name, ...page }) => store.publicRooms({ ...page, prefix: name && roomNameKey(name) }),
    async members(user, room, page, command = 'rooms.members') {
      await seenByMember(store, command, { room, user, now: clock.now() });
      return store.membersOf(room, page);
    },
  };
}

/** Of a room of which nothing is said. */
export const bare = {
  name: '',
  visibility: 'public',
  frozen: false,
  archived: false,
  slow: 0,
  gone: false,
} as const;

/** Version 1 makes the room, version 2 its first members. */
export const newRoom = (user: UserId, now: number) =>
  ({
    id: newId<RoomId>(now),
    version: 2,
    changedIn: 1,
    createdAt: new Date(now),
    createdBy: user,
  }) as const;
