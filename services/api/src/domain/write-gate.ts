import type { RoomCommand } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { mayWrite, type RoomAccess, type RoomFlags, type UserId, type WriteAct } from '@gapless/shared/schema';
import type { Entered } from './door.ts';
import type { Membership, Room } from './room-store.ts';

/** Rejects where the room, or the member, may not be written to now, by the rule by which edges decide. */
export type WriteGate = (command: RoomCommand, entered: Entered) => Promise<void>;

/** Whether one of two has blocked the other. */
export type AreBlocked = (a: UserId, b: UserId) => Promise<boolean>;

const takesBack: ReadonlySet<RoomCommand> = new Set(['messages.delete', 'messages.unreact']);

export function createWriteGate({ areBlocked, clock }: { areBlocked: AreBlocked; clock: Clock }): WriteGate {
  return async (command, { room, membership }) => {
    const act: WriteAct = takesBack.has(command) ? 'take_back' : 'add';
    const { user, other } = membership;
    const isBlocked = act === 'add' && other !== undefined && (await areBlocked(user, other));
    const answer = mayWrite(accessOf(membership, isBlocked), flagsOf(room), clock.now(), act);
    if (answer.may) return;
    const retryMs = 'retryMs' in answer ? answer.retryMs : undefined;
    throw new Failure(answer.why, retryMs === undefined ? {} : { retryMs });
  };
}

const accessOf = ({ role, version, since, mutedUntil }: Membership, isBlocked: boolean): RoomAccess => ({
  ...{ role, ver: version, since },
  ...(mutedUntil === undefined ? {} : { mute: mutedUntil }),
  ...(isBlocked ? { blk: 1 } : {}),
});

const flagsOf = ({ version, frozen, archived, gone }: Room): RoomFlags => ({
  ver: version,
  ...(frozen ? { frozen: 1 } : {}),
  ...(archived ? { archived: 1 } : {}),
  ...(gone ? { gone: 1 } : {}),
});
