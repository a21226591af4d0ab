import { Failure } from '@gapless/shared/errors';
import type { ByteSource } from './file-store.ts';

export interface UploadBounds {
  readonly maxBytes: number;
  /** Longest wait for the next bytes. */
  readonly stallMs: number;
  /** Longest time for all of it. */
  readonly wholeMs: number;
}

/** The same bytes, as long as they come within the bounds; else it rejects, and lets go of where they come from. */
export async function* watched(
  source: ByteSource,
  { maxBytes, stallMs, wholeMs }: UploadBounds,
): ByteSource & AsyncGenerator<Uint8Array> {
  const bytes = source[Symbol.asyncIterator]();
  const end = Date.now() + wholeMs;
  let size = 0;
  try {
    for (;;) {
      const next = await within(bytes.next(), Math.min(stallMs, end - Date.now()));
      if (next.done === true) return;
      size += next.value.byteLength;
      if (size > maxBytes) throw new Failure('file_too_large', { detail: `A file may have ${maxBytes} bytes` });
      yield next.value;
    }
  } finally {
    // A source that stalls may never answer that it is let go of.
    bytes.return?.().catch(() => undefined);
  }
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Failure('upload_broken', { detail: 'The upload came too slowly' })),
      Math.max(0, ms),
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The first bytes, at least `least` of them where there are as many, and all of them from the beginning. */
export async function peek(source: ByteSource, least: number): Promise<{ head: Uint8Array; whole: ByteSource }> {
  const bytes = source[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  let size = 0;
  let ended = false;
  while (size < least && !ended) {
    const next = await bytes.next();
    ended = next.done === true;
    if (next.done === true) break;
    taken.push(next.value);
    size += next.value.byteLength;
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield* taken.splice(0);
      for (
        let next = ended ? undefined : await bytes.next();
        next !== undefined && next.done !== true;
        next = await bytes.next()
      ) {
        yield next.value;
      }
    } finally {
      await bytes.return?.();
    }
  }
  return { head: Buffer.concat(taken), whole: whole() };
}
