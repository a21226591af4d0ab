import type { NotesChannel, WrittenNote } from '@gapless/shared/bus';
import { type Clock, sleep } from '@gapless/shared/runtime';
import type { EventRow, RoomId, UserId } from '@gapless/shared/schema';
import type { Derived } from './derived.ts';
import { isShown } from './message-store.ts';

/**
 * Tells edges which rooms have messages since the last word, for those of their users who want to be notified of them live.
 * What is not told yet dies with the process: unread counts are the truth, this only points at them.
 */
export interface LiveNotes extends Derived {
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

interface Waiting {
  readonly author: UserId;
  readonly isWhisper: boolean;
}

const tickMs = 250;
/** Who comes back to a backlog tells nobody of what everybody could read long ago. */
const maxAgeMs = 60_000;
/** Messages that wait for the next word; of more than that nobody is told. */
const maxWaiting = 20_000;
const notesAtOnce = 500;

export function createLiveNotes({
  channel,
  clock,
}: {
  channel: Pick<NotesChannel, 'publish'>;
  clock: Clock;
}): LiveNotes {
  let waiting = new Map<RoomId, Map<number, Waiting>>();
  let count = 0;

  const put = ({ r, s, u, raw }: EventRow): void => {
    const messages = waiting.get(r) ?? new Map<number, Waiting>();
    if (messages.size === 0) waiting.set(r, messages);
    if (!messages.has(s)) count++;
    messages.set(s, { author: u, isWhisper: isWhisper(raw) });
  };

  const drop = ({ r, m }: EventRow): void => {
    if (m !== undefined && waiting.get(r)?.delete(m)) count--;
  };

  const tell = (): void => {
    const notes = Array.from(waiting, ([room, messages]) => notesOf(room, messages)).flat();
    waiting = new Map();
    count = 0;
    for (let from = 0; from < notes.length; from += notesAtOnce) channel.publish(notes.slice(from, from + notesAtOnce));
  };

  return {
    async note(rows, duplicates) {
      const oldest = clock.now() - maxAgeMs;
      for (const row of rows) {
        if (row.k === 'del') drop(row);
        else if (count < maxWaiting && isShown(row) && row.at.getTime() > oldest && !duplicates.has(row.s)) put(row);
      }
    },
    async run(signal) {
      while (!signal.aborted) {
        await sleep(tickMs, signal);
        tell();
      }
    },
  };
}

/** Of each author one, so that whoever wants nothing of one of them is told of the others. */
function notesOf(room: RoomId, messages: ReadonlyMap<number, Waiting>): WrittenNote[] {
  const notes = new Map<string, WrittenNote>();
  for (const [seq, { author, isWhisper }] of messages) {
    const key = `${author}${isWhisper}`;
    const { seq: last = 0, count = 0 } = notes.get(key) ?? {};
    notes.set(key, { room, seq: Math.max(seq, last), author, count: count + 1, isWhisper });
  }
  return [...notes.values()];
}

/** Few events hold these letters, and fewer without meaning them. */
const isWhisper = (raw: string): boolean =>
  raw.includes('"in":"') && typeof (JSON.parse(raw) as { in?: unknown }).in === 'string';
