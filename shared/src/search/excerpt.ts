import type { Span } from './query.ts';

/** Part of a text around the first place that was found, and the places in it. */
export interface Excerpt {
  readonly text: string;
  readonly highlights: readonly Span[];
}

/** In UTF-16 units, but for the marks of what is left out. */
export const excerptLength = 240;
const before = 60;
const leftOut = '…';

export function excerptOf(text: string, places: readonly Span[]): Excerpt {
  const [[first] = [0]] = places;
  const start = text.length <= excerptLength ? 0 : whole(text, Math.max(0, first - before));
  const end = whole(text, Math.min(text.length, start + excerptLength));
  const head = start > 0 ? leftOut : '';
  const highlights = places.flatMap(([at, length]): Span[] => {
    const shown = Math.min(at + length, end) - at;
    return at < start || shown <= 0 ? [] : [[at - start + head.length, shown]];
  });
  return { text: `${head}${text.slice(start, end)}${end < text.length ? leftOut : ''}`, highlights };
}

/** Not between the halves of one character. */
const whole = (text: string, at: number): number => (/[\udc00-\udfff]/.test(text.charAt(at)) ? at - 1 : at);
