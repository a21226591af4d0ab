import { Failure } from '@gapless/shared/errors';
import type { Positions } from './search-walk.ts';

const prefix = 'ROOM_';
/** Seven bits a byte, the lowest first; the eighth says that more follow. */
const radix = 128;

/** Where the next page of a search over several streams begins: short, for there may be hundreds of them. */
export function writePositions(positions: Positions): string {
  const bytes: number[] = [];
  for (const [stream, seq] of positions) {
    push(bytes, Number(stream.slice(prefix.length)));
    push(bytes, seq);
  }
  return Buffer.from(bytes).toString('base64url');
}

export function readPositions(cursor: string | undefined): Positions {
  if (cursor === undefined) return new Map();
  const numbers = numbersOf(Buffer.from(cursor, 'base64url'));
  if (!numbers.every(Number.isSafeInteger)) throw new Failure('invalid_cursor');
  const positions = new Map<string, number>();
  for (let at = 0; at + 1 < numbers.length; at += 2)
    positions.set(`${prefix}${numbers[at]}`, numbers[at + 1] as number);
  // Written anew it is the same: nothing is left over, said twice or too large.
  if (positions.size === 0 || writePositions(positions) !== cursor) throw new Failure('invalid_cursor');
  return positions;
}

function push(bytes: number[], number: number): void {
  let rest = number;
  for (; rest >= radix; rest = Math.floor(rest / radix)) bytes.push((rest % radix) + radix);
  bytes.push(rest);
}

function numbersOf(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let [number, place] = [0, 1];
  for (const byte of bytes) {
    number += (byte % radix) * place;
    place *= radix;
    if (byte >= radix) continue;
    numbers.push(number);
    [number, place] = [0, 1];
  }
  return numbers;
}
