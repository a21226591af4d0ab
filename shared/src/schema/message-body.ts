import { Type } from 'typebox';
import { fileInOrder, type MessageFile, MessageFileSchema, maxMessageFiles } from './file.ts';
import { type FileId, FileIdSchema, RoomIdSchema, UserIdSchema } from './ids.ts';
import type { MessageBody } from './room-event.ts';

const Text = Type.String({ description: 'Text of the message' });
/** Whatever its keys are spelled like: a pattern for them would lose some. */
const Custom = Type.Unsafe<Readonly<Record<string, unknown>>>(
  Type.Object(
    {},
    {
      additionalProperties: true,
      description: 'Of the application, kept as it is: an object of at most 2 KiB, 4 levels and 50 keys',
    },
  ),
);
const Quote = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Sequence of the message of this room that it quotes',
});

const Files = Type.Array(FileIdSchema, {
  maxItems: maxMessageFiles,
  uniqueItems: true,
  description: 'Files that I uploaded; with one the text may be empty',
});

/**
 * What a member writes; where a message was forwarded from only the server says. The text is bounded by the installation's
 * limit, `custom` by `refuseUnfitBody`.
 */
export const NewBodySchema = Type.Object(
  { text: Text, custom: Type.Optional(Custom), quote: Type.Optional(Quote), files: Type.Optional(Files) },
  { description: 'What the member wrote' },
);
export type NewBody = Pick<MessageBody, 'text' | 'custom' | 'quote'> & { readonly files?: readonly FileId[] };

/** Another text; what is not named stays, `null` takes it away. */
export const EditedBodySchema = Type.Object(
  {
    text: Text,
    custom: Type.Optional(Type.Union([Custom, Type.Null()])),
    quote: Type.Optional(Type.Union([Quote, Type.Null()])),
    files: Type.Optional({ ...Files, description: 'Those of its files that stay; none comes with an edit' }),
  },
  { description: 'What it says now: what is not named stays; `custom` and `quote` go with `null`' },
);

export interface EditedBody {
  readonly text: string;
  readonly custom?: Readonly<Record<string, unknown>> | null;
  readonly quote?: number | null;
  readonly files?: readonly FileId[];
}

export const MessageBodySchema = Type.Object(
  {
    ...NewBodySchema.properties,
    files: Type.Optional(Type.Array(MessageFileSchema, { description: 'Its files' })),
    fwd: Type.Optional(
      Type.Object(
        {
          r: RoomIdSchema,
          m: Type.Integer({ minimum: 1, description: 'Its sequence there' }),
          u: UserIdSchema,
        },
        { description: 'The message that was forwarded, and who wrote it' },
      ),
    ),
  },
  { description: 'What the member wrote' },
);

/** What was found to be meant by the ids of files that a client named. */
export type FoundFiles = readonly MessageFile[];

/** Of all that a client sent what it may say, its files as they were found to be. */
export const newBody = ({ text, custom, quote }: NewBody, files: FoundFiles = []): MessageBody => ({
  text,
  ...(custom === undefined ? {} : { custom }),
  ...(quote === undefined ? {} : { quote }),
  ...(files.length === 0 ? {} : { files: files.map(fileInOrder) }),
});

/** Its keys always in the same order: the same body has the same bytes. */
export function bodyInOrder({ files = [], fwd, ...own }: MessageBody): MessageBody {
  const body = newBody(own, files);
  return fwd === undefined ? body : { ...body, fwd: { r: fwd.r, m: fwd.m, u: fwd.u } };
}

export const isSameBody = (a: MessageBody, b: MessageBody): boolean =>
  a.text === b.text &&
  a.quote === b.quote &&
  (a.custom === b.custom || JSON.stringify(a.custom) === JSON.stringify(b.custom)) &&
  isSameFiles(a.files, b.files) &&
  a.fwd?.r === b.fwd?.r &&
  a.fwd?.m === b.fwd?.m;

/** By their ids: what a file is never changes. */
const isSameFiles = (a: FoundFiles = [], b: FoundFiles = []): boolean =>
  a.length === b.length && a.every(({ id }, at) => id === b[at]?.id);
