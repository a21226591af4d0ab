import type { Axis } from '../table/result.ts';
import { compactText } from './figure-text.ts';

export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** What an axis shows: from its first mark to its last or beyond, every value between them. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly Tick[];
  /** Where a value is, 0 at `from` and 1 at `to`. */
  place(value: number): number;
}

/** For values that the axis can show; at most about `most` marks, on round values unless the axis names its own. */
export function scaleFor(axis: Axis, values: readonly number[], most: number): Scale {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const marks = axis.marks?.map(({ at }) => at) ?? [];
  if (axis.logarithmic === true)
    return logarithmic(Math.min(least, ...marks), Math.max(greatest, ...marks), most, axis);
  const ends: [number, number] =
    axis.fromZero === false ? [least, greatest] : [Math.min(0, least), Math.max(0, greatest)];
  return linear(...ends, most, axis);
}

export const canShow = (axis: Axis, value: number): boolean =>
  Number.isFinite(value) && (axis.logarithmic !== true || value > 0);

function linear(least: number, greatest: number, most: number, { marks }: Axis): Scale {
  const step = roundStep((greatest - least || Math.abs(greatest) || 1) / most);
  const [first, last] = [Math.floor(least / step), Math.ceil(greatest / step)];
  const [from, to] = [first * step, (last === first ? last + 1 : last) * step];
  const count = Math.round((to - from) / step) + 1;
  // A product, not a sum: steps like 0.1 add up to what nobody wants to read.
  const ticks = Array.from({ length: count }, (_, n) => tick(Number(((first + n) * step).toPrecision(12))));
  return { from, to, ticks: marks ?? ticks, place: (value) => (value - from) / (to - from) };
}

/** The least of 1, 2 and 5 times a power of ten that is no smaller. */
function roundStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * ([1, 2, 5].find((factor) => factor * power >= raw * (1 - 1e-9)) ?? 10);
}

function logarithmic(least: number, greatest: number, most: number, { marks }: Axis): Scale {
  const fine = steps(least, greatest, [1, 2, 5]);
  const all = fine.length <= most ? fine : steps(least, greatest, [1]);
  const every = Math.max(1, Math.ceil(all.length / most));
  const ticks = all.filter((_, n) => n % every === 0).map(tick);
  const [from, to] = marks === undefined ? [all[0] as number, all.at(-1) as number] : [least, greatest];
  const decades = Math.log10(to / from) || 1;
  return { from, to, ticks: marks ?? ticks, place: (value) => Math.log10(value / from) / decades };
}

/** Factors times powers of ten, from the last that is not above `least` to the first that is not below `greatest`. */
function steps(least: number, greatest: number, factors: readonly number[]): number[] {
  const powers = Array.from(
    { length: Math.floor(Math.log10(greatest)) - Math.floor(Math.log10(least)) + 2 },
    (_, n) => 10 ** (Math.floor(Math.log10(least)) + n),
  );
  const all = powers.flatMap((power) => factors.map((factor) => Number((power * factor).toPrecision(6))));
  const begin = all.findLastIndex((one) => one <= least * (1 + 1e-9));
  const end = all.findIndex((one, n) => n > begin && one >= greatest * (1 - 1e-9));
  return all.slice(begin, end + 1);
}

const tick = (at: number): Tick => ({ at, text: compactText(at) });
