import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Failure } from '@gapless/shared/errors';
import sharp, { type Metadata, type Sharp } from 'sharp';
import type { PictureType } from './domain/files/file-type.ts';
import type { MakePicture, Picture } from './domain/files/pictures.ts';
import { createTurns } from './domain/files/turns.ts';

const thumbPixels = 320;
/** Pictures decoded side by side, those that may wait, and how long. */
const bounds = { atOnce: 2, mayWait: 32, waitMs: 30_000 };
const patienceSeconds = 20;
const folderPrefix = 'gapless-picture-';
/** Nobody works at one picture for that long. */
const leftAfterMs = 3_600_000;

const formats: Readonly<Record<PictureType, string>> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
};

// Of all that the library can read only this: a picture is what it begins like, or nothing.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadNsgif', 'VipsForeignLoadWebp'],
});
sharp.cache(false);

/** Pictures wait on disk for their turn: none is ever whole in memory but for what the decoder needs of it. */
export function createMakePicture({ maxPixels }: { readonly maxPixels: number }): MakePicture {
  const turns = createTurns(bounds);
  const swept = sweep();
  return async (type, bytes) => {
    await swept;
    const folder = await mkdtemp(join(tmpdir(), folderPrefix));
    const dispose = () => rm(folder, { recursive: true, force: true });
    try {
      const given = join(folder, 'given');
      await pipeline(bytes, createWriteStream(given, { mode: 0o600 }));
      return await turns(() => made(type, given, join(folder, 'made'), { maxPixels, dispose }));
    } catch (error) {
      await dispose();
      throw isOfSystem(error) ? new Failure('store_unavailable', { retryMs: 2_000, cause: error }) : error;
    }
  };
}

/** What an api that was killed has left; others on this machine may be at work. */
async function sweep(): Promise<void> {
  try {
    const names = (await readdir(tmpdir())).filter((name) => name.startsWith(folderPrefix));
    for (const path of names.map((name) => join(tmpdir(), name))) {
      const isLeft = Date.now() - (await stat(path)).mtimeMs > leftAfterMs;
      if (isLeft) await rm(path, { recursive: true, force: true });
    }
  } catch (error) {
    // Somebody else swept, or may not: uploads go on.
    if (!isOfSystem(error)) throw error;
  }
}

async function made(
  type: PictureType,
  given: string,
  target: string,
  { maxPixels, dispose }: { readonly maxPixels: number; readonly dispose: () => Promise<void> },
): Promise<Picture> {
  const { isAnimated } = await measured(type, given, maxPixels);
  const open = (animated: boolean) =>
    sharp(given, { failOn: 'error', limitInputPixels: maxPixels, sequentialRead: true, animated }).timeout({
      seconds: patienceSeconds,
    });
  try {
    const whole = isAnimated ? open(true) : open(false).autoOrient();
    const { width, height, pageHeight = height } = (await encoded(whole, type).toFile(target)) as Written;
    const small = { width: thumbPixels, height: thumbPixels, fit: 'inside', withoutEnlargement: true } as const;
    const thumb = await open(false).autoOrient().resize(small).webp({ quality: 75 }).toBuffer();
    const { size } = await stat(target);
    return { width, height: pageHeight, size, thumb, dispose, bytes: () => createReadStream(target) };
  } catch (error) {
    throw told('The image cannot be read whole', error);
  }
}

interface Written {
  readonly width: number;
  readonly height: number;
  readonly pageHeight?: number;
}

/** By its header alone: nothing is decoded yet. */
async function measured(type: PictureType, given: string, maxPixels: number): Promise<{ isAnimated: boolean }> {
  let found: Metadata;
  try {
    found = await sharp(given, { limitInputPixels: false, failOn: 'error' }).metadata();
  } catch (error) {
    throw told('The file begins like an image and is none', error);
  }
  const { format, width, height, pages = 1 } = found;
  if (format !== formats[type]) throw unfit('The file begins like another image');
  if (width * height * pages > maxPixels) {
    throw new Failure('file_too_large', { detail: `An image may have ${maxPixels} pixels, all its frames together` });
  }
  return { isAnimated: pages > 1 };
}

/** Everything that was beside the picture is left behind: places, cameras, comments, and what was hidden at its end. */
function encoded(picture: Sharp, type: PictureType): Sharp {
  switch (type) {
    case 'image/jpeg':
      return picture.jpeg({ quality: 88 });
    case 'image/png':
      return picture.png({ compressionLevel: 6 });
    case 'image/gif':
      return picture.gif({ effort: 3 });
    case 'image/webp':
      return picture.webp({ quality: 88, effort: 3 });
  }
}

const unfit = (detail: string, cause?: unknown): Failure => new Failure('file_unfit', { detail, cause });

/** A full disk or a lack of time says nothing against the image. */
function told(detail: string, cause: unknown): Failure {
  const says = cause instanceof Error ? cause.message : '';
  if (/^timeout\b/.test(says)) return new Failure('busy', { retryMs: 2_000, cause });
  if (isOfSystem(cause)) return new Failure('store_unavailable', { retryMs: 2_000, cause });
  return unfit(detail, cause);
}

/** Of files themselves; the library of pictures tells of it in words. */
function isOfSystem(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof Failure) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (code !== undefined && /^E[A-Z]+$/.test(code)) || /\b(?:unix|system) error\b/.test(error.message);
}
