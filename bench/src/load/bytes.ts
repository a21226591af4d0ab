/** Looking at bytes where they lie. */

export function isAt(bytes: Buffer, at: number, wanted: Buffer): boolean {
  for (let n = 0; n < wanted.length; n++) if (bytes[at + n] !== wanted[n]) return false;
  return true;
}

/** Not `indexOf`, which would look on behind the end. */
export function find(bytes: Buffer, from: number, end: number, wanted: Buffer): number | undefined {
  for (let at = from; at + wanted.length <= end; at++) if (isAt(bytes, at, wanted)) return at;
  return undefined;
}

/** The number whose digits begin there, and where they end. */
export function digitsAt(bytes: Buffer, start: number): readonly [number, number] {
  let at = start;
  let number = 0;
  for (let digit = digitAt(bytes, at); digit >= 0; digit = digitAt(bytes, ++at)) number = number * 10 + digit;
  return [number, at];
}

/** -1 where none stands. */
export function digitAt(bytes: Buffer, at: number): number {
  const digit = (bytes[at] ?? 0) - 0x30;
  return digit <= 9 ? digit : -1;
}
