/** Length as people count it: code points, so that one emoji of the astral planes is one. */
export function codePoints(text: string): number {
  let n = 0;
  for (const _ of text) n++;
  return n;
}
