import { isId, laterUnread, type RoomId, type UnreadMark, type UserId } from '../schema/index.ts';

/** How far one has come. Each of it only ever rises, so that of any two the higher is right; who has read has received. */
export interface Progress {
  readonly recv: number;
  readonly read: number;
  /** When he last said that he has read, ms since 1970: what he had marked unread before is over. */
  readonly readAt?: number;
  /** From where on he marked it unread. */
  readonly unread?: UnreadMark;
}

/** How far a member has come in a room. */
export interface Mark extends Progress {
  readonly room: RoomId;
  readonly user: UserId;
}

export interface ReceiptBatch {
  /** Clock of who took them, ms since 1970. */
  readonly at: number;
  readonly marks: readonly Mark[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const encodeReceipts = ({ at, marks }: ReceiptBatch): Uint8Array =>
  encoder.encode(JSON.stringify({ v: 1, at, w: marks.map(tupleOf) }));

/** `undefined` for what no reader can make sense of. */
export function readableReceipts(bytes: Uint8Array): ReceiptBatch | undefined {
  const batch = parse(bytes);
  if (typeof batch !== 'object' || batch === null) return undefined;
  const { at, w } = batch as { at?: unknown; w?: unknown };
  if (!isNumber(at) || !Array.isArray(w) || !w.every(isTuple)) return undefined;
  return { at, marks: w.map(markOf) };
}

/** The higher of each. */
export function higher(a: Progress, b: Progress): Progress {
  const readAt = Math.max(a.readAt ?? 0, b.readAt ?? 0);
  const unread = laterUnread(a.unread, b.unread);
  return {
    recv: Math.max(a.recv, b.recv),
    read: Math.max(a.read, b.read),
    ...(readAt === 0 ? {} : { readAt }),
    ...(unread === undefined ? {} : { unread }),
  };
}

/** What follows came later, and may be missing. */
type Tuple = readonly [RoomId, UserId, recv: number, read: number, readAt?: number, v?: number, s?: number];

function tupleOf({ room, user, recv, read, readAt, unread }: Mark): Tuple {
  if (unread !== undefined) return [room, user, recv, read, readAt ?? 0, unread.v, unread.s];
  return readAt === undefined ? [room, user, recv, read] : [room, user, recv, read, readAt];
}

const markOf = ([room, user, recv, read, readAt, v, s]: Tuple): Mark => ({
  ...{ room, user, recv, read },
  ...(isNumber(readAt) && readAt > 0 ? { readAt } : {}),
  ...(isNumber(v) && isNumber(s) ? { unread: { v, s } } : {}),
});

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown): boolean => typeof value === 'string' && isId(value);

const isTuple = (value: unknown): value is Tuple =>
  Array.isArray(value) && isText(value[0]) && isText(value[1]) && isNumber(value[2]) && isNumber(value[3]);

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
