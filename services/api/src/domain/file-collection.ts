import type { Clock } from '@gapless/shared/runtime';
import { messageOfUse } from '@gapless/shared/schema';
import { type DueFile, type DueUse, type FileRecords, thumbKey } from './file-records.ts';
import type { FileStore } from './file-store.ts';
import type { FindMessage } from './find-message.ts';

/**
 * Removes files that nothing uses. Each step may be repeated, and may be made by several at once: whoever takes a file into a
 * message meanwhile wins.
 */
export interface FileCollection {
  /** Looks at what is due; resolves with how many files were removed. */
  round(): Promise<number>;
}

const atOnce = 100;
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
  async function settle(use: DueUse): Promise<void> {
    const message = messageOfUse(use.id);
    if (message === undefined) return records.confirmUse(use);
    const found = await find({ ...message, kind: 'msg' });
    const isDeleted = found !== undefined && (JSON.parse(found.raw) as { del?: 1 }).del === 1;
    if (found !== undefined && !isDeleted) return records.confirmUse(use);
    return records.endUse(use, new Date(clock.now() + graceMs));
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

  return {
    async round() {
      const now = new Date(clock.now());
      for (const use of await records.dueUses(now, atOnce)) await settle(use);
      let removed = 0;
      for (const file of await records.dueFiles(now, atOnce)) if (await collect(file)) removed++;
      return removed;
    },
  };
}
