import type { Spread } from '../row.ts';
import type { TargetResult } from '../table/result.ts';

/** Three digits that count, or the whole number; a file of results has `null` where there was no figure. */
export const figureText = (value: number): string => withPlaces(value, placesOf(value));

/** Median and range with as many places each, so that they can be compared at a glance; no range where all agree. */
export function spreadTexts({ median, least, most }: Spread): { readonly median: string; readonly range: string } {
  const whole = [median, least, most].every(Number.isInteger);
  const texts = [median, least, most].map((value) => withPlaces(value, whole ? 0 : fractionPlaces(median)));
  return { median: texts[0] as string, range: texts[1] === texts[2] ? '' : `${texts[1]} to ${texts[2]}` };
}

const withPlaces = (value: number, places: number): string =>
  Number.isFinite(value)
    ? value.toLocaleString('en', { minimumFractionDigits: places, maximumFractionDigits: places })
    : '–';

const placesOf = (value: number): number => (Number.isInteger(value) ? 0 : fractionPlaces(value));

function fractionPlaces(value: number): number {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size >= 100) return 0;
  if (size >= 10) return 1;
  return size >= 0.1 || size === 0 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(size)));
}

/** As somebody wrote it down, with no more places. */
export function wantedText(wanted: TargetResult['wanted']): string {
  const [sign, bound] = 'atLeast' in wanted ? ['≥', wanted.atLeast] : ['≤', wanted.atMost];
  return `${sign} ${bound.toLocaleString('en', { maximumSignificantDigits: 6 })}`;
}

/** Short enough for the mark of an axis. */
export function compactText(value: number): string {
  const size = Math.abs(value);
  const [unit, sign] = size >= 1e9 ? [1e9, 'G'] : size >= 1e6 ? [1e6, 'M'] : size >= 1e4 ? [1e3, 'k'] : [1, ''];
  const text = Number((value / unit).toPrecision(6)).toLocaleString('en', { maximumSignificantDigits: 6 });
  return sign === '' ? text : `${text} ${sign}`;
}
