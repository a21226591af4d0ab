import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { type FileId, type FoundFiles, type MessageKey, type UserId, unusedFileMs } from '@gapless/shared/schema';
import { asMessageFile, type FileRecords } from '../files/file-records.ts';

export interface MessageFiles {
  /**
   * What these files are, which that message is to carry: from then on they are not collected before it is known whether the
   * message was stored. Repeated it is the same. Rejects with `not_found` unless all are there, and the owner's where one is named.
   */
  take(message: MessageKey, ids: readonly FileId[], owner?: UserId): Promise<FoundFiles>;
}

export function createMessageFiles({
  records,
  clock,
}: {
  records: Pick<FileRecords, 'take'>;
  clock: Clock;
}): MessageFiles {
  return {
    async take(message, ids, owner) {
      if (ids.length === 0) return [];
      const until = new Date(clock.now() + unusedFileMs);
      const files = await records.take(message, ids, { owner, until });
      if (files === undefined) throw new Failure('not_found', { detail: 'No such file' });
      return files.map(asMessageFile);
    },
  };
}
