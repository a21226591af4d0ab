import { Type } from 'typebox';
import { FileIdSchema, RoomIdSchema } from '../schema/index.ts';
import { SequenceSchema, StoredInSchema, TimeSchema } from './answers.ts';
import { contracts } from './contract.ts';
import { clientId } from './messages.ts';

const file = '01kahzz7c8d9e0f1g2h3j4k5m6';
const room = '01kahzx3y8r5b1c2d3e4f5g6h7';
const at = '2026-11-21T12:00:00.000Z';

export const FileLinkSchema = Type.Object({
  url: Type.String({ description: 'Below the address of this api. Whoever has it sees the file until it ends' }),
  until: TimeSchema,
});

const thumb = Type.Optional(Type.Boolean({ description: 'To its small picture (WebP, at most 320 × 320)' }));
const link = {
  url: `/v1/files/${file}/content?e=1795262700000&s=3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`,
  until: '2026-11-21T12:05:00.000Z',
};

/** Largest image that a message may bring along in its JSON. */
export const maxInlineImageBytes = 1024 * 1024;
const maxBase64Chars = Math.ceil(maxInlineImageBytes / 3) * 4;
/** The smallest PNG: one pixel. */
const aPixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export const fileCommands = contracts({
  'files.link': {
    method: 'GET',
    path: '/files/:file/link',
    tag: 'files',
    summary: 'A link to a file that I uploaded',
    description: 'It ends after five minutes unless configured otherwise; ask for another one then.',
    parameters: Type.Object({ file: FileIdSchema, thumb }),
    answer: FileLinkSchema,
    example: { parameters: { file }, answer: link },
  },
  'messages.file': {
    method: 'GET',
    path: '/rooms/:room/messages/:sequence/files/:file',
    tag: 'files',
    summary: 'A link to a file of a message',
    description:
      'For who may see the message, as long as it carries the file: not when it is deleted. The link ends after five ' +
      'minutes unless configured otherwise.',
    parameters: Type.Object({ room: RoomIdSchema, sequence: SequenceSchema, file: FileIdSchema, thumb }),
    answer: FileLinkSchema,
    example: { parameters: { file }, answer: link },
  },
  'messages.sendImage': {
    method: 'POST',
    path: '/rooms/:room/images',
    tag: 'files',
    summary: 'Send an image that stands in the request itself',
    description:
      'Base64 of a JPEG, PNG, GIF or WebP of at most 1 MiB; what is larger is uploaded first. It becomes a file, and ' +
      'the message like any other that carries one. By REST only.',
    parameters: Type.Object({
      room: RoomIdSchema,
      image: Type.String({
        minLength: 4,
        maxLength: maxBase64Chars,
        pattern: '^[A-Za-z0-9+/]+={0,2}$',
        description: 'The image in Base64',
      }),
      name: Type.Optional(Type.String({ maxLength: 255, description: 'Name of the image, to be shown' })),
      text: Type.Optional(Type.String({ description: 'Text of the message' })),
      thread: Type.Optional({ ...SequenceSchema, description: 'Sequence of the message that it answers' }),
      clientId,
    }),
    answer: StoredInSchema,
    makes: '/rooms/:room/messages/:sequence',
    bodyBytes: maxBase64Chars + 64 * 1024,
    example: { parameters: { image: aPixel, name: 'pixel.png' }, answer: { room, sequence: 1043, at } },
  },
});
