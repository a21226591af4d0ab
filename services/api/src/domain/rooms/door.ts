import type { RoomCommand } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import { type Clock, sleep } from '@gapless/shared/runtime';
import type { RoomId, UserId } from '@gapless/shared/schema';
import type { Membership, Room } from './room-store.ts';
import { type RoomReads, seenByMember } from './standing.ts';

/** A room, and the place in it of one who may ask for what he asked for. */
export interface Entered {
  readonly room: Room;
  readonly membership: Membership;
}

/**
 * Lets a member through who may ask for that; who is none learns no more than that. Where members see their own time only, his
 * clients may know from the log of a join that is not noted yet: rejects with `log_unavailable` rather than let them believe that nothing
 * follows it.
 */
export type Door = (command: RoomCommand, user: UserId, room: RoomId) => Promise<Entered>;

/** For a join to be noted. */
const looks = 20;
const lookMs = 50;

export const createDoor =
  ({ rooms, clock }: { rooms: RoomReads; clock: Clock }): Door =>
  async (command, user, room) => {
    for (let look = 0; look < looks; look++) {
      const entered = await seenByMember(rooms, command, { room, user, now: clock.now() });
      const { history, since } = entered.membership;
      if (history === 'all' || since > 0) return entered;
      await sleep(lookMs);
    }
    throw new Failure('log_unavailable', { retryMs: looks * lookMs });
  };
