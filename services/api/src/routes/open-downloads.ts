import { Readable } from 'node:stream';
import { Failure } from '@gapless/shared/errors';
import { DeadlineError } from '@gapless/shared/runtime';
import type { ByteSource } from '../domain/files/file-store.ts';

/** Bytes on their way out: so many at once, and each so long at most, that who reads slowly keeps nobody else from reading. */
export type OpenDownload = (read: () => Promise<ByteSource | undefined>) => Promise<Readable | undefined>;

export function createOpenDownloads({ atOnce, wholeMs }: { atOnce: number; wholeMs: number }): OpenDownload {
  let open = 0;

  async function opened(read: () => Promise<ByteSource | undefined>): Promise<Readable | undefined> {
    const bytes = await read();
    if (bytes === undefined) return undefined;
    const stream = bytes instanceof Readable ? bytes : Readable.from(bytes);
    const late = setTimeout(() => stream.destroy(new DeadlineError('a download', wholeMs)), wholeMs);
    stream.once('close', () => {
      clearTimeout(late);
      open--;
    });
    return stream;
  }

  return async (read) => {
    if (open >= atOnce) throw new Failure('busy', { retryMs: 1_000 });
    open++;
    let stream: Readable | undefined;
    try {
      stream = await opened(read);
      return stream;
    } finally {
      if (stream === undefined) open--;
    }
  };
}
