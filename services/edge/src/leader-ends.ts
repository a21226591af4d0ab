import { type LogStreams, type RoomLog, streamOf } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { type Clock, withDeadline } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';
import type { RoomHub } from './room-hub.ts';
import { turnsByStream } from './turns.ts';
import { Unanswered } from './unanswered.ts';

/** Has the hub told where a room ends, by the leader of its stream. Those who ask at about the same time share a question. */
export interface LeaderEnds {
  /** Of a question under way only one will do that was sent at a time which is `recent`. Rejects with `log_unavailable`. */
  compare(room: RoomId, isRecent: (sentAt: number) => boolean): Promise<void>;
}

interface Question {
  /** Infinity until it is sent. */
  readonly sent: { at: number };
  readonly answer: Promise<void>;
}

/** To a stream: its leader stores events at the same time. */
const questionsAtOnce = 16;
/** Behind its turn: an edge that has just started may have thousands to ask. */
const patienceMs = 3_000;

export function createLeaderEnds(deps: {
  hub: Pick<RoomHub, 'compared'>;
  log: Pick<RoomLog, 'newest'>;
  streams: Pick<LogStreams, 'names'>;
  clock: Clock;
}): LeaderEnds {
  const { hub, log, streams, clock } = deps;
  const turnsOf = turnsByStream(questionsAtOnce, streams);
  const questions = new Map<RoomId, Question>();
  const unanswered = new Unanswered(clock);

  const newest = async (room: RoomId): Promise<number> => {
    const stream = streamOf(room, streams.names.length);
    if (unanswered.lately(stream)) throw new Failure('log_unavailable');
    try {
      return (await withDeadline('comparing a room with the log', patienceMs, log.newest(room))) ?? 0;
    } catch (cause) {
      unanswered.note(stream);
      throw cause instanceof Failure ? cause : new Failure('log_unavailable', { cause });
    }
  };

  const ask = (room: RoomId): Promise<void> => {
    const sent = { at: Infinity };
    const compare = async (): Promise<void> => {
      sent.at = clock.now();
      hub.compared(room, await newest(room), sent.at, 'leader');
    };
    const answer = turnsOf(room)
      .run(compare)
      .finally(() => {
        if (questions.get(room)?.answer === answer) questions.delete(room);
      });
    questions.set(room, { sent, answer });
    return answer;
  };

  return {
    compare: (room, isRecent) => {
      const underWay = questions.get(room);
      return underWay !== undefined && isRecent(underWay.sent.at) ? underWay.answer : ask(room);
    },
  };
}
