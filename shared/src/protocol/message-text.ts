import { Failure } from '../errors/index.ts';
import { codePoints, isEmoji } from '../schema/index.ts';

/** Half a code point, a control character other than a line break or a tab, or one that turns text around (U+202D, U+202E). */
const unfit = /\p{Cs}|[\u202d\u202e]|[^\P{Cc}\n\t]/u;
/** Something to see: no white space, nothing that only steers or adds to what stands before it, no filler. */
const visible = /[^\s\p{Cc}\p{Cf}\p{M}\u115f\u1160\u2800\u3164\uffa0]/u;

/** Refuses what is no text for people: too long, nothing to see, or characters that are none. */
export function refuseUnfitText(text: string, limit: number): void {
  const tooLong = text.length > limit && (text.length > 2 * limit || codePoints(text) > limit);
  if (tooLong) throw new Failure('body_too_large', { detail: `A message may have ${limit} characters` });
  if (!visible.test(text)) throw new Failure('invalid_request', { detail: 'A message needs a text' });
  if (unfit.test(text)) {
    throw new Failure('invalid_request', {
      detail:
        'Of control characters only line breaks and tabs may stand in a text, and nothing that overrides its direction',
    });
  }
}

/** Refuses what is no reaction: an emoji, or whatever else is short and visible. */
export function refuseUnfitEmoji(emoji: string): void {
  if (isEmoji(emoji)) return;
  throw new Failure('invalid_request', {
    detail: 'A reaction is 1 to 32 bytes of visible text in NFC, without spaces',
  });
}
