import type { Commands, LoggedEvent, Replica, RoomLog } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { type Clock, sleep } from '@gapless/shared/runtime';
import { bareId, type RoomId } from '@gapless/shared/schema';
import { maskDeleted } from './masking.ts';
import type { StreamStarts } from './stream-starts.ts';
import { Turns } from './turns.ts';
import { Unanswered } from './unanswered.ts';

export interface MissedEvent {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

export interface Missed {
  /** In rising order. */
  readonly events: readonly MissedEvent[];
  /** No event of the room up to here is missing from `events` … */
  readonly upTo: number;
  /** … unless this says that they cannot be read now: what is so old is in MongoDB only, and that is away. */
  readonly unread: boolean;
}

/** Events of a room that did not come live: from the log, and what it does not hold any more from MongoDB. */
export interface MissedEvents {
  /**
   * Events above `after`, some at least: the range that it answers for ends above `after`. `known` is a number up to which
   * there may be events. A replica that does not come as far as `newest`, which is an event of the room, is behind: it may lack
   * the deletion of what it shows. Rejects with `log_unavailable` while the log is away.
   */
  read(room: RoomId, after: number, known: number, newest?: number): Promise<Missed>;
  /**
   * Events of a stretch that ends at `end`, of which the reader sees nothing behind: what was deleted there, up to `newest`, which is
   * an event of the room, is masked all the same. `unread` also when nobody can say what was.
   */
  readStretch(room: RoomId, after: number, stretch: Stretch): Promise<Missed>;
}

export interface Stretch {
  readonly end: number;
  readonly newest: number;
}

export interface MissedEventsDeps {
  readonly log: Pick<RoomLog, 'readRoom'>;
  readonly commands: Pick<Commands, 'call'>;
  readonly starts: StreamStarts;
  readonly clock: Clock;
  /** Read at once from the log. Masking looks as far ahead: what is deleted in a whole replay is not in its beginning. */
  readonly eventsARead: number;
  /** Hears where events were found. */
  readonly found?: (from: 'log' | 'leader' | 'mongo', events: number) => void;
}

interface Question {
  readonly room: RoomId;
  readonly after: number;
  readonly known: number;
  readonly newest: number;
  /** Infinity until it is. */
  sentAt: number;
}

/** Of the api. */
const rangeCommand = 'events.range';

/** What it answers: events with their stored text, and up to where none is missing. */
interface RangeAnswer {
  readonly ev: readonly (readonly [number, string])[];
  readonly upTo: number;
  /** All of the room up to there is written. */
  readonly w?: number;
}

/** What MongoDB holds is masked already. */
const eventsAStoreRead = 256;
const readsAtOnce = 64;
const storeReadsAtOnce = 16;
const storeDeadlineMs = 3_000;
/** A read that was sent longer ago shows a log of before: what was deleted since is not masked in it. */
const sharedWithinMs = 250;
/** A follower of the stream may be behind: it is asked again after these times, then the leader. */
const staleRetriesMs = [0, 20, 50, 100];
const encoder = new TextEncoder();

export function createMissedEvents({
  log,
  commands,
  starts,
  clock,
  eventsARead,
  found: told,
}: MissedEventsDeps): MissedEvents {
  const logTurns = new Turns(readsAtOnce);
  const storeTurns = new Turns(storeReadsAtOnce);
  const unanswered = new Unanswered(clock);
  const underWay = new Map<string, { readonly question: Question; readonly answer: Promise<Missed> }>();

  const askStore = async (query: object): Promise<RangeAnswer> => {
    if (unanswered.lately(rangeCommand)) throw new Failure('store_unavailable');
    try {
      const answer = (await commands.call(rangeCommand, query, storeDeadlineMs)) as RangeAnswer;
      unanswered.forget(rangeCommand);
      return answer;
    } catch (error) {
      // What is said of one room or stream is an answer.
      if (error instanceof Failure && error.kind === 'store_unavailable') unanswered.note(rangeCommand);
      throw error;
    }
  };

  const fromStore = async (
    room: RoomId,
    after: number,
    upTo: number,
    head = 0,
  ): Promise<Missed & { written: number }> => {
    const query = { r: bareId(room), after, before: upTo + 1, limit: eventsAStoreRead, head };
    try {
      const { ev, upTo: end, w: written = 0 } = await storeTurns.run(() => askStore(query));
      told?.('mongo', ev.length);
      const events = ev.map(([seq, raw]) => ({ seq, bytes: encoder.encode(raw) }));
      return { events, upTo: end, unread: false, written };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { events: [], upTo, unread: true, written: 0 };
    }
  };

  /**
   * Whether the log still reaches down to `after` must be known for sure: it does when `after` itself was read, else where it
   * begins is asked behind the read. `undefined`: it does, and there is nothing.
   */
  const fromLog = async (question: Question, replica: Replica): Promise<Missed | undefined> => {
    const { room, after, newest } = question;
    const events = await logTurns.run(() => {
      question.sentAt = Math.min(question.sentAt, clock.now());
      return log.readRoom(room, Math.max(1, after), eventsARead, replica);
    });
    if (events[0]?.seq !== after) {
      const first = await starts.first(room);
      if (first > after + 1) return fromStore(room, after, first - 1, newest);
    }
    const last = events.at(-1);
    if (replica !== 'leader' && last?.pending === 0 && last.seq < newest) return undefined;
    const shown = maskDeleted(events);
    const missed = shown[0]?.seq === after ? shown.slice(1) : shown;
    if (missed.length > 0) told?.(replica === 'leader' ? 'leader' : 'log', missed.length);
    return missed.length === 0 ? undefined : { events: missed, upTo: lastOf(missed), unread: false };
  };

  const find = async (question: Question): Promise<Missed> => {
    for (const pauseMs of staleRetriesMs) {
      if (pauseMs > 0) await sleep(pauseMs * (0.5 + Math.random()));
      const found = await fromLog(question, 'any');
      if (found !== undefined) return found;
    }
    const { room, after, known, newest } = question;
    return (await fromLog(question, 'leader')) ?? fromStore(room, after, known, newest);
  };

  const read: MissedEvents['read'] = (room, after, known, newest = 0) => {
    const key = `${room}:${after}:${newest}`;
    const same = underWay.get(key);
    if (same !== undefined && clock.now() - same.question.sentAt <= sharedWithinMs) return same.answer;
    const question = { room, after, known, newest, sentAt: Infinity };
    const answer = find(question).finally(() => {
      if (underWay.get(key)?.question === question) underWay.delete(key);
    });
    underWay.set(key, { question, answer });
    return answer;
  };

  return {
    read,
    readStretch: async (room, after, { end, newest }) => {
      const stored = await fromStore(room, after, end, newest);
      if (stored.unread) return stored;
      if (stored.written > after) return upToEnd(stored, Math.min(end, stored.written));
      const logged = await read(room, after, newest, newest);
      return logged.upTo < newest ? { events: [], upTo: end, unread: true } : upToEnd(logged, end);
    },
  };
}

/** What of it is numbered up to there. */
export const upToEnd = ({ events, upTo, unread }: Missed, end: number): Missed => ({
  events: events.filter(({ seq }) => seq <= end),
  upTo: Math.min(upTo, end),
  unread,
});

const lastOf = (events: readonly LoggedEvent[]): number => (events.at(-1) as LoggedEvent).seq;
