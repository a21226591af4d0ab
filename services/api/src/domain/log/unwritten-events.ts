import { Failure } from '@gapless/shared/errors';
import { type DeleteEvent, noEnd, type RoomEvent, type RoomId } from '@gapless/shared/schema';
import { isMessage, messageOf } from '../messages/message-of.ts';
import type { UnwrittenThreads } from './fold-threads.ts';
import type { LoggedEvent, LogTail } from './log-tail.ts';
import type { MessageRows } from './message-rows.ts';

/**
 * What the log holds of a room above that number and that says something about other messages: changes, pins and answers, in
 * rising order. `known` as of `LogTail.head`. Rejects with `log_unavailable`.
 */
export type UnwrittenEvents = (room: RoomId, after: number, known?: number) => Promise<LoggedEvent[]>;

export interface UnwrittenBounds {
  /** Only so many numbers of the log are looked at, from its end: what is below them is left out. */
  readonly newest?: number;
  /** Of a room that holds more events than this nothing is left out: it rejects with `log_unavailable`. */
  readonly most?: number;
}

export function createUnwrittenEvents(
  tail: Pick<LogTail, 'head' | 'walk'>,
  { newest = noEnd, most = noEnd }: UnwrittenBounds = {},
): UnwrittenEvents {
  return async (room, above, known) => {
    const found: LoggedEvent[] = [];
    const head = await tail.head(room, known);
    const after = Math.max(above, head - newest);
    let looked = 0;
    for await (const logged of tail.walk(room, { after, before: head + 1 })) {
      if (++looked > most) throw new Failure('log_unavailable', { detail: 'Too much of the room is not written yet' });
      if (!isPlain(logged)) found.push(logged);
    }
    return found;
  };
}

/** Of a log that is away nothing can be said: what is written is shown as it was written. */
export const orAsWritten =
  (unwritten: UnwrittenEvents): ((room: RoomId, after: number) => Promise<LoggedEvent[]>) =>
  async (room, after) => {
    try {
      return await unwritten(room, after);
    } catch (error) {
      if (error instanceof Failure && error.kind === 'log_unavailable') return [];
      throw error;
    }
  };

/** There may be many of them: none is kept. */
const isPlain = ({ event }: LoggedEvent): boolean => event.t === 'msg' && event.re === undefined;

export const isOf =
  <T extends RoomEvent['t']>(kind: T) =>
  (logged: LoggedEvent): logged is LoggedEvent<Extract<RoomEvent, { t: T }>> =>
    logged.event.t === kind;

/** What those events say of threads: of these, or of all. Each answer costs a look at the store. */
export async function threadsIn(
  rows: Pick<MessageRows, 'at' | 'marked'>,
  room: RoomId,
  events: readonly LoggedEvent[],
  watermark: number,
  roots?: ReadonlySet<number>,
): Promise<UnwrittenThreads> {
  const isAsked = (root: number | undefined) => roots === undefined || (root !== undefined && roots.has(root));
  const answers = events
    .filter(isMessage)
    .filter(({ event }) => isAsked(event.re))
    .map(messageOf);
  const deletions: readonly LoggedEvent<DeleteEvent>[] = events.filter(isOf('del'));
  const before = [...new Set(deletions.map(({ event }) => event.m))].filter((seq) => seq <= watermark);
  const [marked, deleted] = await Promise.all([rows.marked(room, answers), rows.at(room, before, watermark)]);
  return {
    answers: marked.filter(({ hidden }) => !hidden).map(({ message }) => message),
    deletions,
    // A thread may count answers above the watermark already: these are looked up in the log's end itself.
    deleted: new Map([...marked, ...deleted].map((row) => [row.seq, row])),
  };
}
