import { isId, type RoomId, type UserId } from '../schema/index.ts';

/** How far a member has come in a room. Both only ever rise; who has read has received. */
export interface Mark {
  readonly room: RoomId;
  readonly user: UserId;
  readonly recv: number;
  readonly read: number;
}

export interface ReceiptBatch {
  /** Clock of who took them, ms since 1970. */
  readonly at: number;
  readonly marks: readonly Mark[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const encodeReceipts = ({ at, marks }: ReceiptBatch): Uint8Array =>
  encoder.encode(JSON.stringify({ v: 1, at, w: marks.map(({ room, user, recv, read }) => [room, user, recv, read]) }));

/** `undefined` for what no reader can make sense of. */
export function readableReceipts(bytes: Uint8Array): ReceiptBatch | undefined {
  const batch = parse(bytes);
  if (typeof batch !== 'object' || batch === null) return undefined;
  const { at, w } = batch as { at?: unknown; w?: unknown };
  if (!isNumber(at) || !Array.isArray(w) || !w.every(isTuple)) return undefined;
  return { at, marks: w.map(([room, user, recv, read]) => ({ room, user, recv, read })) };
}

/** The higher of each. */
export const higher = (a: Pick<Mark, 'recv' | 'read'>, b: Pick<Mark, 'recv' | 'read'>) => ({
  recv: Math.max(a.recv, b.recv),
  read: Math.max(a.read, b.read),
});

type Tuple = readonly [RoomId, UserId, number, number];

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
