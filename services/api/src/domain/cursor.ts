import { Failure } from '@gapless/shared/errors';
import { isId } from '@gapless/shared/schema';

/** A page's end, opaque to clients so that its meaning may change. */
export const toCursor = (id: string): string => Buffer.from(id).toString('base64url');

export function fromCursor<T extends string>(cursor: string | undefined): T | undefined {
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!isId(id) || toCursor(id) !== cursor) throw new Failure('invalid_cursor');
  return id as T;
}

/** Of rows whose ids have a form of their own. */
export function fromCursorText(cursor: string | undefined, form: RegExp): string | undefined {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!form.test(text) || toCursor(text) !== cursor) throw new Failure('invalid_cursor');
  return text;
}

/** End of a page that is in the order of a text, and of ids where that is the same. */
export interface KeyPlace<T extends string> {
  readonly key: string;
  readonly id: T;
}

const idLength = 26;

/** What `toCursor` makes a cursor of. */
export const keyPlace = ({ key, id }: KeyPlace<string>): string => `${id}${key}`;

export function readKeyCursor<T extends string>(cursor: string | undefined): KeyPlace<T> | undefined {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString();
  const [id, key] = [text.slice(0, idLength), text.slice(idLength)];
  if (!isId(id) || toCursor(text) !== cursor) throw new Failure('invalid_cursor');
  return { key, id: id as T };
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent: there is no more. */
  readonly next?: string;
}

/** Of one row more than asked for, the page and whether another follows. */
export function pageOf<T>(rows: readonly T[], limit: number, idOf: (row: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, next: toCursor(idOf(last)) } : { items };
}
