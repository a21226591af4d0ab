import type { RoomCommand } from '@gapless/shared/commands';
import type { Clock } from '@gapless/shared/runtime';
import type { RoomId, UserId } from '@gapless/shared/schema';
import type { Membership, Room } from './room-store.ts';
import { type RoomReads, seenByMember } from './standing.ts';

/** A room, and the place in it of one who may ask for what he asked for. */
export interface Entered {
  readonly room: Room;
  readonly membership: Membership;
}

/** Lets a member through who may ask for that; who is none learns no more than that. */
export type Door = (command: RoomCommand, user: UserId, room: RoomId) => Promise<Entered>;

export const createDoor =
  ({ rooms, clock }: { rooms: RoomReads; clock: Clock }): Door =>
  (command, user, room) =>
    seenByMember(rooms, command, { room, user, now: clock.now() });
