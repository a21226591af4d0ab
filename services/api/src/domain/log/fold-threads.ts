import type { DeleteEvent, UserId } from '@gapless/shared/schema';
import type { Message, MessageRow, Thread, WrittenThread } from './event-store.ts';
import type { LoggedEvent } from './log-tail.ts';

/** What the log's unwritten end holds of threads. */
export interface UnwrittenThreads {
  /** Answers in rising order, without those that had landed before. */
  readonly answers: readonly Message[];
  readonly deletions: readonly LoggedEvent<DeleteEvent>[];
  /** The messages that may be deleted there, by their number. */
  readonly deleted: ReadonlyMap<number, MessageRow>;
}

const usersShown = 3;

/**
 * A thread with what is not written of it yet; `undefined` when it has no answers. The count is exact. Who wrote last, and
 * when, may still name an answer that was deleted a moment ago.
 */
export function foldThread(
  root: number,
  written: WrittenThread | undefined,
  { answers, deletions, deleted }: UnwrittenThreads,
): Thread | undefined {
  const version = written?.version ?? 0;
  const gone = new Set(deletions.filter(({ seq }) => seq > version).map(({ event }) => event.m));
  const fresh = answers.filter(({ seq, thread }) => thread === root && seq > version && !gone.has(seq));
  const taken = [...gone].filter((seq) => wasCounted(deleted.get(seq), root, version));
  const count = (written?.count ?? 0) + fresh.length - taken.length;
  const newest = fresh.at(-1);
  const last = newest === undefined ? written?.last : { seq: newest.seq, at: newest.at };
  if (count <= 0 || last === undefined) return undefined;
  return { root, count, last, users: repliers(fresh, written?.users ?? []) };
}

/** What stood when the thread was written: deleted since, or not at all where it is read. */
function wasCounted(row: MessageRow | undefined, root: number, version: number): boolean {
  if (row === undefined || row.hidden || row.message.thread !== root || row.seq > version) return false;
  return !row.message.deleted || row.message.version > version;
}

const repliers = (fresh: readonly Message[], before: readonly UserId[]): UserId[] =>
  [...new Set([...fresh.map(({ user }) => user).reverse(), ...before])].slice(0, usersShown);
