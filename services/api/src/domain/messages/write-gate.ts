import type { RoomCommand } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import {
  type ClientId,
  mayWrite,
  type RoomAccess,
  type RoomFlags,
  slowSeconds,
  type UserId,
  type WriteAct,
} from '@gapless/shared/schema';
import type { Entered } from '../rooms/door.ts';
import type { Membership, Room } from '../rooms/room-store.ts';
import type { TurnStore } from './turn-store.ts';

export interface WriteGate {
  /** Rejects where the room, or the member, may not be written to now, by the rule by which edges decide. */
  check(command: RoomCommand, entered: Entered): Promise<void>;
  /** Takes the member's turn for a message where the room is in slow mode: last, so that what is refused costs none. */
  takeTurn(entered: Entered, clientId: ClientId): Promise<void>;
}

/** Whether one of two has blocked the other. */
export type AreBlocked = (a: UserId, b: UserId) => Promise<boolean>;

const takesBack: ReadonlySet<RoomCommand> = new Set(['messages.delete', 'messages.unreact']);

export function createWriteGate(deps: { areBlocked: AreBlocked; turns: TurnStore; clock: Clock }): WriteGate {
  const { areBlocked, turns, clock } = deps;

  return {
    async check(command, { room, membership }) {
      const act: WriteAct = takesBack.has(command) ? 'take_back' : 'add';
      const { user, other } = membership;
      const isBlocked = act === 'add' && other !== undefined && (await areBlocked(user, other));
      const answer = mayWrite(accessOf(membership, isBlocked), flagsOf(room), clock.now(), act);
      if (answer.may) return;
      const retryMs = 'retryMs' in answer ? answer.retryMs : undefined;
      throw new Failure(answer.why, retryMs === undefined ? {} : { retryMs });
    },
    async takeTurn({ room, membership }, clientId) {
      const seconds = slowSeconds(membership, flagsOf(room));
      if (seconds === 0) return;
      const retryMs = await turns.take({ user: membership.user, room: room.id, clientId, seconds });
      if (retryMs > 0) throw new Failure('slow_mode', { retryMs });
    },
  };
}

const accessOf = ({ role, version, since, mutedUntil }: Membership, isBlocked: boolean): RoomAccess => ({
  ...{ role, ver: version, since },
  ...(mutedUntil === undefined ? {} : { mute: mutedUntil }),
  ...(isBlocked ? { blk: 1 } : {}),
});

const flagsOf = ({ version, frozen, archived, gone, slow }: Room): RoomFlags => ({
  ...{ ver: version, slow },
  ...(frozen ? { frozen: 1 } : {}),
  ...(archived ? { archived: 1 } : {}),
  ...(gone ? { gone: 1 } : {}),
});
