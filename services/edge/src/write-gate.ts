import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { mayWrite, type RoomId, slowSeconds, type UserId, type WriteAct } from '@gapless/shared/schema';
import type { RoomAccessCache } from './room-access.ts';
import type { RoomFlagsCache } from './room-flags.ts';

/** Whether somebody may write in a room, by what this edge knows of him and of it. */
export interface WriteGate {
  /** `undefined` when all that decides is known; else resolves when it is. In doubt it rejects with `log_unavailable`. */
  ready(user: UserId, room: RoomId): Promise<unknown> | undefined;
  /** By what is known now: throws a `Failure` unless he may. */
  check(user: UserId, room: RoomId, act: WriteAct): void;
  /** Seconds that he has to let pass between two messages there; 0: none. */
  slowSeconds(user: UserId, room: RoomId): number;
}

export interface WriteGateDeps {
  readonly access: Pick<RoomAccessCache, 'isMember' | 'membership'>;
  readonly flags: Pick<RoomFlagsCache, 'ready' | 'known'>;
  /** People's: mutes end by it. */
  readonly clock: Clock;
}

export function createWriteGate({ access, flags, clock }: WriteGateDeps): WriteGate {
  return {
    ready: (user, room) => {
      const member = access.isMember(user, room);
      // Of a room that is not his nothing more is asked.
      if (member === false) return undefined;
      const said = flags.ready(room);
      if (member === true) return said;
      return said === undefined ? member : Promise.all([member, said]);
    },
    check: (user, room, act) => {
      const membership = access.membership(user, room);
      if (membership === undefined) throw new Failure('not_member');
      const answer = mayWrite(membership, flags.known(room), clock.now(), act);
      if (answer.may) return;
      const retryMs = 'retryMs' in answer ? answer.retryMs : undefined;
      throw new Failure(answer.why, retryMs === undefined ? {} : { retryMs });
    },
    slowSeconds: (user, room) => {
      const membership = access.membership(user, room);
      return membership === undefined ? 0 : slowSeconds(membership, flags.known(room));
    },
  };
}
