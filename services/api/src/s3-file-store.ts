import { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Config } from '@gapless/shared/config';
import { Failure } from '@gapless/shared/errors';
import { readSecretFile } from '@gapless/shared/runtime';
import type { ByteSource, FileStore } from './domain/files/file-store.ts';

/** The least that S3 takes as a part; a file is never held beyond two of them. */
const partBytes = 5 * 1024 * 1024;
const partsAtOnce = 1;
const connectMs = 3_000;
/** Connections for reading; beyond them requests wait. */
const readsAtOnce = 100;
const writesAtOnce = 50;

/** How long the store may be silent. */
const usualPatience = {
  /** On a connection that writes. */
  idleMs: 15_000,
  /** On one that reads: who downloads may be slow. */
  readIdleMs: 60_000,
  /** Until it has answered one request, repetitions included. */
  answerMs: 20_000,
};

export interface S3FileStore extends FileStore {
  close(): void;
}

/** Any store that speaks S3; all of Gapless is under one prefix of one bucket. */
export function createS3FileStore(config: Config, patience = usualPatience): S3FileStore {
  const { filesS3Bucket: Bucket, filesS3Prefix: prefix } = config;
  const { idleMs, readIdleMs, answerMs } = patience;
  // Apart, so that slow downloads keep nobody from uploading.
  const reader = createClient(config, { idleMs: readIdleMs, maxSockets: readsAtOnce });
  const writer = createClient(config, { idleMs, maxSockets: writesAtOnce });
  const putMs = config.fileUploadMs + answerMs;
  const at = (key: string) => ({ Bucket, Key: `${prefix}${key}` });

  return {
    async put(key, bytes, type) {
      // The SDK tells of a source that fails in words of its own.
      const source = remembering(bytes);
      const body = Readable.from(source.bytes, { objectMode: false });
      const upload = new Upload({
        client: writer,
        params: { ...at(key), Body: body, ContentType: type },
        partSize: partBytes,
        queueSize: partsAtOnce,
        leavePartsOnError: false,
      });
      const late = setTimeout(() => void upload.abort(), putMs);
      try {
        await upload.done();
      } catch (error) {
        if (source.failed()) throw source.error();
        throw away(error);
      } finally {
        clearTimeout(late);
        // What the store did not take is let go of.
        body.destroy();
      }
    },
    async read(key, range) {
      const part = range === undefined ? {} : { Range: `bytes=${range.from}-${range.to}` };
      const get = new GetObjectCommand({ ...at(key), ...part });
      try {
        const answer = await inTime(answerMs, (abortSignal) => reader.send(get, { abortSignal }));
        return answer.Body as ByteSource | undefined;
      } catch (error) {
        if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return undefined;
        throw away(error);
      }
    },
    async remove(key) {
      try {
        const removal = new DeleteObjectCommand(at(key));
        await inTime(answerMs, (abortSignal) => writer.send(removal, { abortSignal }));
      } catch (error) {
        throw away(error);
      }
    },
    close: () => {
      reader.destroy();
      writer.destroy();
    },
  };
}

/** What comes too late is broken off, and leaves no answer behind that nobody reads. */
async function inTime<T>(ms: number, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ms);
  try {
    return await send(late.signal);
  } finally {
    clearTimeout(timer);
  }
}

function createClient(
  config: Config,
  { idleMs, maxSockets }: { readonly idleMs: number; readonly maxSockets: number },
): S3Client {
  return new S3Client({
    region: config.filesS3Region,
    ...(config.filesS3Endpoint === '' ? {} : { endpoint: config.filesS3Endpoint }),
    forcePathStyle: config.filesS3PathStyle,
    ...credentialsOf(config),
    // Checksums that not every store of the kind understands are left out where they are not needed.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: connectMs,
      // Its `requestTimeout` only warns.
      socketTimeout: idleMs,
      httpAgent: { maxSockets },
      httpsAgent: { maxSockets },
    },
  });
}

function credentialsOf({ filesS3AccessKey: accessKeyId, filesS3SecretFile: file }: Config) {
  // Without a key the SDK looks for what the machine it runs on has been given.
  return accessKeyId === '' ? {} : { credentials: { accessKeyId, secretAccessKey: readSecretFile(file) } };
}

/** Whatever the store says but an answer: it may be there again later. */
const away = (cause: unknown): Failure => new Failure('store_unavailable', { retryMs: 1_000, cause });

interface Remembering {
  readonly bytes: ByteSource;
  failed(): boolean;
  error(): unknown;
}

function remembering(source: ByteSource): Remembering {
  let failure: { readonly error: unknown } | undefined;
  const from = source[Symbol.asyncIterator]();
  async function next(): Promise<IteratorResult<Uint8Array>> {
    try {
      return await from.next();
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      for (let piece = await next(); piece.done !== true; piece = await next()) yield piece.value;
    } finally {
      await from.return?.();
    }
  }
  return { bytes: bytes(), failed: () => failure !== undefined, error: () => failure?.error };
}
