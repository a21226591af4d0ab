import type { RoomLog } from '@gapless/shared/bus';
import type { RoomId } from '@gapless/shared/schema';
import type { RoomHeads } from './room-heads.ts';
import type { RoomHub } from './room-hub.ts';

/**
 * Whether a room has come to a number. What this edge heard answers at once; the log is asked about the rest, its leader last:
 * who was just told of his message's number may be ahead of what its followers show.
 */
export type RoomEnd = (room: RoomId, seq: number) => boolean | Promise<boolean>;

export function createRoomEnd(deps: {
  hub: Pick<RoomHub, 'follows' | 'cursor' | 'newest'>;
  heads: RoomHeads;
  log: Pick<RoomLog, 'read'>;
}): RoomEnd {
  const { hub, heads, log } = deps;

  const ask = async (room: RoomId, seq: number): Promise<boolean> => {
    const { cursor } = await heads.opening(room);
    return seq <= cursor || (await log.read(room, seq)) !== undefined;
  };

  return (room, seq) => {
    const heard = hub.follows(room) ? Math.max(hub.cursor(room), hub.newest(room)) : 0;
    return seq <= heard || ask(room, seq);
  };
}
