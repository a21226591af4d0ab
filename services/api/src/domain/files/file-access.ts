import { Failure } from '@gapless/shared/errors';
import type { FileId, RoomId, UserId } from '@gapless/shared/schema';
import type { History } from '../messages/history.ts';
import type { FileLink, FileLinks, Variant } from './file-links.ts';
import type { FileRecords, StoredFile } from './file-records.ts';

export interface FileAccess {
  /** For who uploaded it. */
  own(user: UserId, file: FileId, variant: Variant): Promise<FileLink>;
  /** For who may see a message that carries it, as long as it does. */
  ofMessage(
    user: UserId,
    at: { readonly room: RoomId; readonly sequence: number; readonly file: FileId },
    variant: Variant,
  ): Promise<FileLink>;
}

const noFile = () => new Failure('not_found', { detail: 'No such file' });

export function createFileAccess(deps: {
  records: Pick<FileRecords, 'find'>;
  history: Pick<History, 'get'>;
  links: FileLinks;
}): FileAccess {
  const { records, history, links } = deps;

  function linkTo(file: StoredFile | undefined, variant: Variant): FileLink {
    if (file === undefined || (variant === 'thumb' && file.thumbSize === undefined)) throw noFile();
    return links.make(file.id, variant);
  }

  return {
    async own(user, id, variant) {
      const file = await records.find(id);
      return linkTo(file?.user === user ? file : undefined, variant);
    },
    async ofMessage(user, { room, sequence, file: id }, variant) {
      const { body } = await history.get(user, room, sequence, 'messages.file');
      const carried = (body.files ?? []).some((file) => file.id === id);
      return linkTo(carried ? await records.find(id) : undefined, variant);
    },
  };
}
