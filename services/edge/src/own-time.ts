import { Failure } from '@gapless/shared/errors';
import { sleep } from '@gapless/shared/runtime';
import type { RoomAccess, RoomId } from '@gapless/shared/schema';
import type { RoomHub } from './room-hub.ts';

const lookMs = 20;
const looks = 150;

/**
 * Where members see only their own time, nothing from before a join may come live: does the work in the turn in which this edge has
 * come as far in each of these rooms as the membership began, so that none changes in between. When that takes too long it rejects
 * with `log_unavailable`, or goes on without these rooms where they may be given up.
 */
export async function inOwnTime<T>(
  hub: Pick<RoomHub, 'cursor' | 'reach'>,
  rooms: readonly RoomId[],
  membership: (room: RoomId) => Pick<RoomAccess, 'since' | 'own'> | undefined,
  work: () => T,
  giveUp?: (rooms: readonly RoomId[]) => void,
): Promise<T> {
  const isBehind = (room: RoomId): boolean => {
    const known = membership(room);
    if (known?.own === undefined) return false;
    hub.reach(room, known.since);
    return known.since === 0 || hub.cursor(room) < known.since;
  };
  for (let look = 0; rooms.some(isBehind); look++) {
    if (look === looks) {
      if (giveUp === undefined) throw new Failure('log_unavailable', { retryMs: 500 });
      giveUp(rooms.filter(isBehind));
      break;
    }
    await sleep(lookMs);
  }
  return work();
}
