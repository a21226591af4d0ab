import { Failure } from '@gapless/shared/errors';
import { codePoints } from '@gapless/shared/schema';

/** Half a code point, or a control character other than a line break or a tab. */
const unfit = /\p{Cs}|[^\P{Cc}\n\t]/u;

/** Refuses what is no text for people: too long, nothing to see, or characters that are none. */
export function refuseUnfitText(text: string, limit: number): void {
  const tooLong = text.length > limit && (text.length > 2 * limit || codePoints(text) > limit);
  if (tooLong) throw new Failure('body_too_large', { detail: `A message may have ${limit} characters` });
  if (text.trim() === '') throw new Failure('invalid_request', { detail: 'A message needs a text' });
  if (unfit.test(text)) {
    throw new Failure('invalid_request', {
      detail: 'Of control characters only line breaks and tabs may stand in a text',
    });
  }
}
