import type { ByteSource } from './file-store.ts';
import type { PictureType } from './file-type.ts';

/** A picture made anew: upright, without anything but what is to be seen. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly size: number;
  bytes(): ByteSource;
  /** A small one of it, of type `thumbType`. */
  readonly thumb: Uint8Array;
  /** Call it when it is not needed any more. */
  dispose(): Promise<void>;
}

export const thumbType = 'image/webp';

/**
 * Reads all bytes; rejects with `file_unfit` for what is no such picture, or has more pixels than allowed, which is known
 * before one of them is decoded. An animation stays one; its frames count together.
 */
export type MakePicture = (type: PictureType, bytes: ByteSource) => Promise<Picture>;
