import { Failure } from '@gapless/shared/errors';
import type { FileId, RoomId, UserId } from '@gapless/shared/schema';

/** Where files are shown as images of users and rooms; within the change that shows them: there are both, or neither. */
export interface ImageUses {
  /**
   * Address under which that file of his is the owner's image: nobody guesses it, and it is the same as long as it is shown.
   * Rejects with `not_found` unless the file is there and his, with `file_unfit` when it is no image.
   */
  take(use: { readonly owner: UserId | RoomId; readonly by: UserId; readonly file: FileId }): Promise<string>;
  /** Nothing is shown under that address any more, and its file is collected unless it is used elsewhere. Others are left alone. */
  end(address: string | undefined): Promise<void>;
}

/** An image of whoever changes something: somebody's address, or a file of his own; `null` takes it away. */
export interface ImageChange {
  readonly image?: string | null | undefined;
  readonly imageFile?: FileId | undefined;
}

const place = '/v1/images/';

/** Stable, below the address of the api. */
export const addressOfImage = (name: string): string => `${place}${name}`;

/** `undefined` of an address elsewhere. */
export const imageAt = (address: string | undefined): string | undefined =>
  address?.startsWith(place) ? address.slice(place.length) : undefined;

/** The address that is asked to be shown, once it may be: `null` for none, `undefined` for as it is. */
export async function imageAsked(
  images: Pick<ImageUses, 'take'>,
  { image, imageFile: file }: ImageChange,
  of: { readonly owner: UserId | RoomId; readonly by: UserId },
): Promise<string | null | undefined> {
  if (file === undefined) return image;
  if (image !== undefined) throw new Failure('invalid_request', { detail: 'Either `image` or `imageFile`' });
  return images.take({ ...of, file });
}
