import { fromStore, maxTimeMS } from '@gapless/shared/outbox';
import { type Db, GridFSBucket, type GridFSBucketWriteStream, MongoRuntimeError, type ObjectId } from 'mongodb';
import type { ByteSource, FileStore } from '../domain/files/file-store.ts';

const bucketName = 'file_bytes';
const chunkBytes = 255 * 1024;

/** What GridFS looks for by itself at its first write; made before, so that it finds them. */
export async function createFileByteIndexes(db: Db): Promise<void> {
  await db.collection(`${bucketName}.files`).createIndex({ filename: 1, uploadDate: 1 });
  await db.collection(`${bucketName}.chunks`).createIndex({ files_id: 1, n: 1 }, { unique: true });
}

/** The bytes are in MongoDB, in chunks, with everything else: one backup holds both. */
export function createGridFsFileStore(db: Db): FileStore {
  const bucket = new GridFSBucket(db, {
    bucketName,
    chunkSizeBytes: chunkBytes,
    writeConcern: { w: 'majority', wtimeoutMS: 5_000 },
  });
  /** GridFS takes ids of any kind; its types do not say so. */
  const idOf = (key: string) => key as unknown as ObjectId;

  const remove = (key: string): Promise<void> =>
    fromStore('removing a file', bucket.delete(idOf(key)).catch(unlessNotThere));

  return {
    remove,
    async put(key, bytes, type) {
      const to = bucket.openUploadStreamWithId(idOf(key), key, { metadata: { type } });
      // Each failure is the answer to a write; nobody listens besides.
      to.on('error', () => undefined);
      try {
        // One after the other: when a write fails none is under way that could leave a chunk behind the removal.
        for await (const chunk of bytes) await fromStore('writing a file', written(to, chunk));
        await fromStore('writing a file', ended(to));
      } catch (error) {
        await remove(key);
        throw error;
      }
    },
    async read(key, range) {
      const found = bucket.find({ _id: idOf(key) }, { projection: { _id: 1 }, maxTimeMS, limit: 1 }).toArray();
      if ((await fromStore('reading a file', found)).length === 0) return undefined;
      const part = range === undefined ? {} : { start: range.from, end: range.to + 1 };
      return bucket.openDownloadStream(idOf(key), part) as ByteSource;
    },
  };
}

/** What there was of its chunks has been removed all the same. */
function unlessNotThere(error: unknown): void {
  const isNotThere = error instanceof MongoRuntimeError && error.message.startsWith('File not found');
  if (!isNotThere) throw error;
}

const written = (to: GridFSBucketWriteStream, chunk: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    to.write(chunk, (error) => (error ? reject(error) : resolve()));
  });

const ended = (to: GridFSBucketWriteStream): Promise<void> =>
  new Promise((resolve, reject) => {
    // Called as well when the last write failed, and before anybody hears of an error.
    to.end((error?: Error | null) => (error ? reject(error) : resolve()));
  });
