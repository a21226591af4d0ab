import { type LogStreams, type RoomLog, streamOf } from '@gapless/shared/bus';
import type { RoomId } from '@gapless/shared/schema';
import type { StreamStarts } from './stream-starts.ts';

/** Newest numbers of rooms: one request at a time to a stream, shared by all who ask while another is under way. */
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

export function createRoomHeads(deps: {
  log: Pick<RoomLog, 'heads'>;
  starts: StreamStarts;
  streams: Pick<LogStreams, 'names'>;
}): RoomHeads {
  const { log, starts, streams } = deps;
  /** By stream: one that is away keeps no other one waiting. */
  const open = new Map<string, Question>();
  const before = new Map<string, Promise<unknown>>();

  const begin = (stream: string): Question => {
    const rooms = new Set<RoomId>();
    const thisTurn = new Promise<void>((resolve) => setImmediate(resolve));
    const answer = Promise.all([thisTurn, before.get(stream)]).then(() => {
      open.delete(stream);
      return log.heads([...rooms]);
    });
    before.set(
      stream,
      answer.catch(() => undefined),
    );
    const question = { rooms, answer };
    open.set(stream, question);
    return question;
  };

  const newest = async (room: RoomId): Promise<number | undefined> => {
    const stream = streamOf(room, streams.names.length);
    const question = open.get(stream) ?? begin(stream);
    question.rooms.add(room);
    return (await question.answer).get(room);
  };

  const opening: RoomHeads['opening'] = async (room) => {
    const head = await newest(room);
    return head === undefined ? { cursor: (await starts.first(room)) - 1, newest: 0 } : { cursor: head, newest: head };
  };

  return { newest, opening };
}
