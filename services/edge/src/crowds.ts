import type { Commands } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';

/** Which rooms have more members than are told of each other's receipts one by one. */
export interface Crowds {
  /** `undefined` while it is being asked. */
  isCrowd(room: RoomId): boolean | undefined;
}

interface Known {
  readonly crowd: boolean;
  readonly until: number;
}

const believedMs = 60_000;
/** Nobody could say: the room is taken for a small one for that long. */
const guessedMs = 5_000;
const askTimeoutMs = 2_000;
const roomsPerQuestion = 500;

export function createCrowds({ commands, clock }: { commands: Pick<Commands, 'call'>; clock: Clock }): Crowds {
  const known = new Map<RoomId, Known>();
  const wanted = new Set<RoomId>();
  let asking = false;

  const learn = (rooms: readonly RoomId[], crowds: ReadonlySet<RoomId>, forMs: number): void => {
    const now = clock.now();
    for (const [room, { until }] of known) if (until + believedMs < now) known.delete(room);
    for (const room of rooms) known.set(room, { crowd: crowds.has(room), until: now + forMs });
  };

  const ask = async (): Promise<void> => {
    asking = true;
    // What else is wanted in this turn goes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (wanted.size > 0) {
      const rooms = [...wanted].slice(0, roomsPerQuestion);
      for (const room of rooms) wanted.delete(room);
      try {
        const { rs } = (await commands.call('reads.crowds', { rs: rooms }, askTimeoutMs)) as { rs: RoomId[] };
        learn(rooms, new Set(rs), believedMs);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        learn(rooms, new Set(rooms.filter((room) => known.get(room)?.crowd)), guessedMs);
      }
    }
    asking = false;
  };

  return {
    isCrowd: (room) => {
      const answer = known.get(room);
      if (answer === undefined || answer.until < clock.now()) {
        wanted.add(room);
        if (!asking) void ask();
      }
      return answer?.crowd;
    },
  };
}
