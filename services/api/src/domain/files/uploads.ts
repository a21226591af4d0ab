import { createHash } from 'node:crypto';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { type ClientId, type FileId, newId, type UserId, unusedFileMs } from '@gapless/shared/schema';
import { nameFor, readFileName } from './file-name.ts';
import { type FileRecords, type FoundFile, type StoredFile, thumbKey } from './file-records.ts';
import type { ByteSource, FileStore } from './file-store.ts';
import { headBytes, isPicture, type PictureType, typeOf } from './file-type.ts';
import { type MakePicture, thumbType } from './pictures.ts';
import { peek, type UploadBounds, watched } from './watched-bytes.ts';

export interface Upload {
  readonly user: UserId;
  /** As the client calls it. */
  readonly name: string | undefined;
  readonly clientId: ClientId | undefined;
  /** Rejects where the request turns out not to be what was announced. */
  readonly bytes: ByteSource;
}

/** Takes a file in. Repeated with the same client id and the same bytes it is taken in once. */
export type TakeUpload = (upload: Upload) => Promise<StoredFile>;

export interface UploadLimits extends UploadBounds {
  /** Of one user, at once, in this process. */
  readonly userUploads: number;
  /** Of all users, at once, in this process. */
  readonly uploads: number;
  readonly userDayBytes: number;
}

export interface UploadsDeps {
  readonly records: FileRecords;
  readonly store: FileStore;
  readonly makePicture: MakePicture;
  readonly limits: UploadLimits;
  readonly clock: Clock;
  /** `repeated`, `stored`, or the kind of failure. */
  readonly noted: (outcome: string, bytes: number) => void;
}

/** Whoever repeats an upload that still goes on comes back then. */
const underWayRetryMs = 2_000;
/** When half an upload is collected, whose process died: at the earliest, and as a multiple of the longest upload. */
const halfUploadMs = 3_600_000;
const halfUploadTimes = 4;

export function createUploads(deps: UploadsDeps): TakeUpload {
  const { records, store, makePicture, limits, clock, noted } = deps;
  const open = new Map<UserId, number>();
  let all = 0;

  async function keepPicture(id: FileId, type: PictureType, bytes: ByteSource) {
    const picture = await makePicture(type, bytes);
    try {
      const { width: w, height: h, size } = picture;
      if (size > limits.maxBytes) {
        throw new Failure('file_too_large', { detail: `Made anew the image has more than ${limits.maxBytes} bytes` });
      }
      await store.put(thumbKey(id), once(picture.thumb), thumbType);
      await store.put(id, picture.bytes(), type);
      return { type, size, w, h, thumbSize: picture.thumb.byteLength };
    } finally {
      await picture.dispose();
    }
  }

  async function keep(id: FileId, { name, bytes }: Upload, counted: Counted): Promise<FoundFile> {
    const { head, whole } = await peek(counting(watched(bytes, limits), counted), headBytes);
    const type = typeOf(head);
    if (type === undefined) throw new Failure('file_unfit', { detail: 'SVG is not taken' });
    if (head.byteLength === 0) throw new Failure('file_unfit', { detail: 'The file is empty' });
    const shown = readFileName(name);
    if (isPicture(type)) {
      const kept = await keepPicture(id, type, whole);
      counted.kept = kept.size;
      return { ...kept, name: nameFor(type, shown), hash: counted.hash.digest('base64url') };
    }
    await store.put(id, whole, type);
    return { name: shown, type, size: counted.bytes, hash: counted.hash.digest('base64url') };
  }

  async function discard(id: FileId): Promise<void> {
    await records.abandon(id, new Date(clock.now()));
    await Promise.all([store.remove(id), store.remove(thumbKey(id))]);
    await records.forget(id);
  }

  /** What was answered before is answered again, to the same bytes. */
  async function repeated(first: StoredFile, { bytes }: Upload, counted: Counted): Promise<StoredFile> {
    if (first.state !== 'ready') throw new Failure('busy', { retryMs: underWayRetryMs });
    for await (const _ of counting(watched(bytes, limits), counted));
    if (counted.hash.digest('base64url') !== first.hash) throw new Failure('id_reused');
    noted('repeated', counted.bytes);
    return first;
  }

  async function take(upload: Upload, counted: Counted, leave: () => void): Promise<StoredFile> {
    const { user, clientId } = upload;
    const now = clock.now();
    if ((await records.spend(user, new Date(now), 0)) >= limits.userDayBytes) {
      throw new Failure('too_many_uploads', { detail: 'Enough was uploaded for today' });
    }
    const id = newId<FileId>(now);
    const ends = {
      until: new Date(now + Math.max(halfUploadMs, halfUploadTimes * limits.wholeMs)),
      deadBefore: new Date(now - 2 * limits.wholeMs),
    };
    const first = await records.begin({ id, user, clientId, at: new Date(now), ...ends });
    if (first !== undefined) return repeated(first, upload, counted);
    try {
      // What came is counted also where it is refused.
      const found = await keep(id, upload, counted).finally(() =>
        records.spend(user, new Date(now), Math.max(counted.bytes, counted.kept)),
      );
      const isThere = await records.finish(id, found, new Date(clock.now() + unusedFileMs));
      if (!isThere) throw new Failure('busy', { detail: 'The upload took too long' });
      noted('stored', counted.bytes);
      return { ...found, id, user, state: 'ready' };
    } catch (error) {
      // Whoever sees that it is given up finds its place free. What cannot be removed now is collected later.
      leave();
      await discard(id).catch(ifUnforeseen);
      throw error;
    }
  }

  /** A place among the uploads of the moment, until it is left; leaving it twice is leaving it once. */
  function enter(user: UserId): () => void {
    const others = open.get(user) ?? 0;
    if (others >= limits.userUploads) {
      throw new Failure('too_many_uploads', { detail: 'As many uploads at once as one may have', retryMs: 1_000 });
    }
    if (all >= limits.uploads) throw new Failure('busy', { retryMs: underWayRetryMs });
    open.set(user, others + 1);
    all++;
    let isLeft = false;
    return () => {
      if (isLeft) return;
      isLeft = true;
      oneLess(open, user);
      all--;
    };
  }

  return async (upload) => {
    const counted: Counted = { bytes: 0, kept: 0, hash: createHash('sha256') };
    try {
      const leave = enter(upload.user);
      return await take(upload, counted, leave).finally(leave);
    } catch (error) {
      noted(error instanceof Failure ? error.kind : 'internal', counted.bytes);
      throw error;
    }
  };
}

function oneLess(open: Map<UserId, number>, user: UserId): void {
  const left = (open.get(user) ?? 1) - 1;
  if (left === 0) open.delete(user);
  else open.set(user, left);
}

interface Counted {
  bytes: number;
  /** Bytes of the image that was made of it. */
  kept: number;
  readonly hash: ReturnType<typeof createHash>;
}

async function* counting(source: ByteSource, counted: Counted): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    counted.bytes += chunk.byteLength;
    counted.hash.update(chunk);
    yield chunk;
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function ifUnforeseen(error: unknown): void {
  if (!(error instanceof Failure)) throw error;
}
