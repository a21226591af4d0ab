const shownCodePoints = 256;

/** What of a text stands in lists. */
export const shownText = (text: string): string =>
  text.length <= shownCodePoints ? text : [...text].slice(0, shownCodePoints).join('');

/** Length as people count it: code points, so that one emoji of the astral planes is one. */
export function codePoints(text: string): number {
  let n = 0;
  for (const _ of text) n++;
  return n;
}
