import { Type } from 'typebox';
import type { FileId } from './ids.ts';
import { FileIdSchema } from './ids.ts';

/** Files of one message. */
export const maxMessageFiles = 10;

/** A file as a message carries it: what the server found it to be, never what a client said of it. */
export interface MessageFile {
  readonly id: FileId;
  readonly name: string;
  /** Media type, by its content. */
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /** Of an image, in pixels. */
  readonly w?: number;
  readonly h?: number;
  /** There is a small picture of it. */
  readonly thumb?: 1;
}

const Pixels = Type.Optional(Type.Integer({ minimum: 1, description: 'Of an image, in pixels' }));

export const MessageFileSchema = Type.Object(
  {
    id: FileIdSchema,
    name: Type.String({ description: 'To be shown only' }),
    type: Type.String({ description: 'Media type, by its content' }),
    size: Type.Integer({ minimum: 0, description: 'Bytes' }),
    w: Pixels,
    h: Pixels,
    thumb: Type.Optional(Type.Literal(1, { description: 'There is a small picture of it' })),
  },
  { description: 'A file of a message' },
);

/** Its keys always in the same order. */
export const fileInOrder = ({ id, name, type, size, w, h, thumb }: MessageFile): MessageFile => ({
  id,
  name,
  type,
  size,
  ...(w === undefined || h === undefined ? {} : { w, h }),
  ...(thumb === undefined ? {} : { thumb }),
});

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** What is known of the files in a stored body; what does not have their shape is left out. */
export function readMessageFiles(files: unknown, isFileId: (text: string) => boolean): MessageFile[] {
  if (!Array.isArray(files)) return [];
  return files.slice(0, maxMessageFiles).flatMap((file: unknown) => {
    if (typeof file !== 'object' || file === null) return [];
    const { id, name, type, size, w, h, thumb } = file as Readonly<Record<string, unknown>>;
    const isWhole = typeof id === 'string' && isFileId(id) && typeof name === 'string' && typeof type === 'string';
    if (!isWhole || !isCount(size)) return [];
    const measured = isCount(w) && isCount(h) ? { w, h } : {};
    return [{ id: id as FileId, name, type, size, ...measured, ...(thumb === 1 ? { thumb } : {}) }];
  });
}
