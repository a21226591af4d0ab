import { Failure } from '@gapless/shared/errors';
import { toCursor } from './cursor.ts';
import type { Positions } from './search-walk.ts';

/** Where the next page of a search over several streams begins. */
export const writePositions = (positions: Positions): string =>
  toCursor([...positions].map(([stream, seq]) => `${stream}:${seq}`).join(','));

export function readPositions(cursor: string | undefined): Positions {
  if (cursor === undefined) return new Map();
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!/^\w{1,40}:\d{1,15}(,\w{1,40}:\d{1,15})*$/.test(text) || toCursor(text) !== cursor) {
    throw new Failure('invalid_cursor');
  }
  const places = text.split(',').map((part) => part.split(':') as [string, string]);
  return new Map(places.map(([stream, seq]) => [stream, Number(seq)]));
}
