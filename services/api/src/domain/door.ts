import { isPermitted, type RoomCommand, type Standing } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { RoomId, UserId } from '@gapless/shared/schema';
import type { Membership, Room, RoomStore } from './room-store.ts';

/** A room, and the place in it of one who may ask for what he asked for. */
export interface Entered {
  readonly room: Room;
  readonly membership: Membership;
}

/** Lets a member through who may ask for that; who is none learns no more than that. */
export type Door = (command: RoomCommand, user: UserId, room: RoomId) => Promise<Entered>;

export function createDoor(rooms: Pick<RoomStore, 'withId' | 'membership'>): Door {
  return async (command, user, id) => {
    const [room, membership] = await Promise.all([rooms.withId(id), rooms.membership(id, user)]);
    if (room === undefined) throw new Failure('room_not_found');
    if (membership === undefined) throw new Failure(room.kind === 'direct' ? 'room_not_found' : 'not_member');
    if (!isPermitted(command, standingOf(membership))) throw new Failure('forbidden');
    return { room, membership };
  };
}

export const standingOf = ({ role }: Membership): Standing => role;
