import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { messageOfUse } from '@gapless/shared/schema';
import type { FindMessage } from '../messages/find-message.ts';
import { type DueFile, type DueUse, type FileRecords, thumbKey } from './file-records.ts';
import type { FileStore } from './file-store.ts';

/**
 * Removes files that nothing uses. Each step may be repeated, and may be made by several at once: whoever takes a file into a
 * message meanwhile wins.
 */
export interface FileCollection {
  /**
   * Looks at some of what is due. What cannot be settled or removed now is due again later and keeps nothing else waiting;
   * rejects where that befalls one after the other.
   */
  round(): Promise<Collected>;
}

export interface Collected {
  readonly removed: number;
  /** Whether there may be more that is due. */
  readonly isMore: boolean;
}

const atOnce = 100;
/** A store that is away is not asked for every file. */
const mayFail = 5;
/** Until what could not be done is tried again. */
const againMs = 600_000;
/** Between the end of a use and a look at its file. */
const graceMs = 3_600_000;

export function createFileCollection(deps: {
  records: FileRecords;
  store: Pick<FileStore, 'remove'>;
  find: FindMessage;
  clock: Clock;
}): FileCollection {
  const { records, store, find, clock } = deps;

  /** The message was to be sent a day ago: it is in the log, written or not, or it never was. */
  async function settle(use: DueUse): Promise<boolean> {
    const message = messageOfUse(use.id);
    const found = message && (await find({ ...message, kind: 'msg' }));
    const isDeleted = found !== undefined && (JSON.parse(found.raw) as { del?: 1 }).del === 1;
    if (message === undefined || (found !== undefined && !isDeleted)) await records.confirmUse(use);
    else await records.endUse(use, new Date(clock.now() + graceMs));
    return true;
  }

  async function collect(file: DueFile): Promise<boolean> {
    const { id, state } = file;
    if (state === 'ready' && (await records.isUsed(id))) {
      await records.keep(file);
      return false;
    }
    if (state !== 'gone' && !(await records.condemn(file))) return false;
    await Promise.all([store.remove(id), store.remove(thumbKey(id))]);
    await records.forget(id);
    return true;
  }

  /** Does the work for each; what fails is put off, so that the next round begins behind it. */
  async function each<T>(
    due: readonly T[],
    work: (one: T) => Promise<boolean>,
    putOff: (one: T, until: Date) => Promise<void>,
  ): Promise<number> {
    let [done, failed] = [0, 0];
    for (const one of due) {
      try {
        if (await work(one)) done++;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        await putOff(one, new Date(clock.now() + againMs));
        failed++;
        if (failed === mayFail) throw error;
      }
    }
    return done;
  }

  return {
    async round() {
      const now = new Date(clock.now());
      const uses = await records.dueUses(now, atOnce);
      await each(uses, settle, records.putUseOff);
      const files = await records.dueFiles(now, atOnce);
      const removed = await each(files, collect, records.putOff);
      return { removed, isMore: uses.length === atOnce || files.length === atOnce };
    },
  };
}
