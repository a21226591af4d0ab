import type { Commands } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { RoomId, UserId } from '@gapless/shared/schema';

/** How far a user has read each of his rooms, as the api knows it. */
export interface ReadCursors {
  /** 0 where nothing was read. `undefined` when it cannot be told soon: nobody is kept out for it. */
  of(user: UserId, rooms: readonly RoomId[]): Promise<ReadonlyMap<RoomId, ReadCursor> | undefined>;
}

export interface ReadCursor {
  readonly read: number;
  /** He marked it unread from that message on. */
  readonly from?: number;
}

interface Question {
  readonly user: UserId;
  readonly rooms: readonly RoomId[];
  readonly askedAt: number;
  readonly answer: (cursors: ReadonlyMap<RoomId, ReadCursor> | undefined) => void;
}

/** What `reads.find` answers: of each user in the order of the question. */
type Answer = { readonly w: readonly (readonly Told[])[] };
type Told = readonly [room: RoomId, read: number, from?: number];

const askTimeoutMs = 1_000;
const patienceMs = 1_500;
/** After a failure nobody waits for a while. */
const pauseMs = 2_000;
const questionsAtOnce = 2;
/** Well below what one message may carry. */
const roomsPerQuestion = 4_000;

/** Thousands who come back together share a few questions. */
export function createReadCursors({
  commands,
  clock,
}: {
  commands: Pick<Commands, 'call'>;
  clock: Clock;
}): ReadCursors {
  const waiting: Question[] = [];
  let asking = 0;
  let pausedUntil = -Infinity;

  const isLate = ({ askedAt }: Question): boolean => clock.now() - askedAt > patienceMs || clock.now() < pausedUntil;

  const take = (): Question[] => {
    const taken: Question[] = [];
    let rooms = 0;
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (taken.length > 0 && rooms + next.rooms.length > roomsPerQuestion) break;
      waiting.shift();
      if (isLate(next)) {
        next.answer(undefined);
        continue;
      }
      taken.push(next);
      rooms += next.rooms.length;
    }
    return taken;
  };

  const ask = async (questions: readonly Question[]): Promise<void> => {
    asking++;
    try {
      const asked = { w: questions.map(({ user, rooms }) => [user, rooms]) };
      const { w } = (await commands.call('reads.find', asked, askTimeoutMs)) as Answer;
      for (const [n, { rooms, answer }] of questions.entries()) {
        const told = new Map(w[n]?.map((one) => [one[0], cursorOf(one)]));
        answer(new Map(rooms.map((room) => [room, told.get(room) ?? { read: 0 }])));
      }
    } catch (error) {
      for (const { answer } of questions) answer(undefined);
      if (!(error instanceof Failure)) throw error;
      pausedUntil = clock.now() + pauseMs;
    } finally {
      asking--;
      pump();
    }
  };

  const pump = (): void => {
    while (asking < questionsAtOnce) {
      const questions = take();
      if (questions.length === 0) return;
      void ask(questions);
    }
  };

  return {
    of: (user, rooms) => {
      if (rooms.length === 0) return Promise.resolve(new Map());
      if (clock.now() < pausedUntil) return Promise.resolve(undefined);
      return new Promise((answer) => {
        waiting.push({ user, rooms, askedAt: clock.now(), answer });
        // Whoever asks in this turn goes along.
        if (waiting.length === 1) setImmediate(pump);
      });
    },
  };
}

const cursorOf = ([, read, from]: Told): ReadCursor => (from === undefined ? { read } : { read, from });
