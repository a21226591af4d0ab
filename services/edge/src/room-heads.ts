import type { RoomLog } from '@gapless/shared/bus';
import type { RoomId } from '@gapless/shared/schema';
import type { StreamStarts } from './stream-starts.ts';

/** Newest numbers of rooms: one request at a time, shared by all who ask while another is under way. */
export interface RoomHeads {
  /** `undefined` when the log holds no event of the room. */
  newest(room: RoomId): Promise<number | undefined>;
  /**
   * Up to `cursor` nothing will come live any more: that is the newest, or where the log begins in a room of which it holds
   * no event (`newest` 0).
   */
  opening(room: RoomId): Promise<{ readonly cursor: number; readonly newest: number }>;
}

interface Question {
  readonly rooms: Set<RoomId>;
  readonly answer: Promise<ReadonlyMap<RoomId, number>>;
}

export function createRoomHeads(deps: { log: Pick<RoomLog, 'heads'>; starts: StreamStarts }): RoomHeads {
  const { log, starts } = deps;
  let open: Question | undefined;
  let before: Promise<unknown> = Promise.resolve();

  const begin = (): Question => {
    const rooms = new Set<RoomId>();
    const thisTurn = new Promise<void>((resolve) => setImmediate(resolve));
    const answer = Promise.all([thisTurn, before]).then(() => {
      open = undefined;
      return log.heads([...rooms]);
    });
    before = answer.catch(() => undefined);
    return { rooms, answer };
  };

  const newest = async (room: RoomId): Promise<number | undefined> => {
    open ??= begin();
    open.rooms.add(room);
    return (await open.answer).get(room);
  };

  const opening: RoomHeads['opening'] = async (room) => {
    const head = await newest(room);
    return head === undefined ? { cursor: (await starts.first(room)) - 1, newest: 0 } : { cursor: head, newest: head };
  };

  return { newest, opening };
}
