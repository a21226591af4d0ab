import type { TargetResult } from '../table/result.ts';
import { type Markup, markup, nothing } from './markup.ts';

const half = 60;
/** Beyond a quarter and four times the target, how far no longer matters. */
const octaves = 2;

/** How far the rounds were from the target, which is the line in the middle; right of it is better. */
export function targetStrip({ wanted, value }: TargetResult): Markup {
  const target = 'atLeast' in wanted ? wanted.atLeast : wanted.atMost;
  const { median, least, most } = value;
  if (!(target > 0) || ![median, least, most].every((one) => Number.isFinite(one) && one > 0)) return nothing;
  const place = (one: number) => placeOf('atLeast' in wanted ? one / target : target / one);
  const [from, to] = [place(least), place(most)].sort((a, b) => a - b) as [number, number];
  return markup`<svg class="strip" viewBox="${-half - 6} -9 ${2 * half + 12} 18" aria-hidden="true"><path class="grid" d="M${-half},0h${2 * half}"/><path class="goal" d="M0,-8v16"/><path class="range" d="M${from},0H${to}"/><circle cx="${place(median)}" cy="0" r="4"/></svg>`;
}

const placeOf = (worth: number): number =>
  Math.round(Math.max(-1, Math.min(1, Math.log2(worth) / octaves)) * half * 10) / 10;
