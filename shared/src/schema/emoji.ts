const maxBytes = 32;
/** White space, controls, halves of code points, and what only steers how text runs. */
const unfit = /[\s\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const encoder = new TextEncoder();

/** Whether a text may stand for a reaction: short, visible, and in the one spelling (NFC) by which it is counted. */
export function isEmoji(text: string): boolean {
  if (text === '' || text.length > maxBytes || unfit.test(text) || text.normalize('NFC') !== text) return false;
  return encoder.encode(text).byteLength <= maxBytes;
}
