import { isId, type MessageBody, type RoomId, readMessageFiles, type UserId } from '@gapless/shared/schema';

/** Deeper than any edge or api lets through; the database refuses at 100. */
const maxDepth = 16;

/**
 * What is known of a body, `undefined` without a text. What does not have its shape, or could not be stored, is left out: it
 * must not stop the stream, and stays in the event's JSON.
 */
export function readBody(b: unknown): MessageBody | undefined {
  if (!isObject(b) || typeof b['text'] !== 'string') return undefined;
  const { text, custom, quote } = b;
  const files = readMessageFiles(b['files'], isId);
  const fwd = readOrigin(b['fwd']);
  return {
    text,
    ...(isObject(custom) && isStorable(custom, maxDepth) ? { custom } : {}),
    ...(isSequence(quote) ? { quote } : {}),
    ...(files.length === 0 ? {} : { files }),
    ...(fwd === undefined ? {} : { fwd }),
  };
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isSequence = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;

function readOrigin(fwd: unknown): MessageBody['fwd'] {
  if (!isObject(fwd)) return undefined;
  const { r, m, u } = fwd;
  const isWhole = typeof r === 'string' && isId(r) && typeof u === 'string' && isId(u) && isSequence(m);
  return isWhole ? { r: r as RoomId, m, u: u as UserId } : undefined;
}

/** Keys with a zero are refused by the driver, those with `$` and `.` by some of the database's operators. */
function isStorable(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isStorable(item, depth - 1));
  return Object.entries(value).every(([key, item]) => !/[\0$.]/.test(key) && isStorable(item, depth - 1));
}
