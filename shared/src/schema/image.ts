import { Type } from 'typebox';
import { FileIdSchema } from './ids.ts';

/** An image that is somewhere else: nothing in its address ends an attribute or a style in which it is put, or names a user. */
export const ImageUrlSchema = Type.String({
  maxLength: 2_000,
  pattern: '^https://[^\\s"\'<>\\\\^`{|}@]+$',
  description: 'Address of an image, https only',
});

export const ImageFileSchema = {
  ...FileIdSchema,
  description: 'In place of `image`: an image that I uploaded',
};

/** An image as it is shown. */
export const ImageAddressSchema = Type.String({
  description:
    'Address of an image: https, or of an uploaded one below that of this api, good until there is another one',
});
