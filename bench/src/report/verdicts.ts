import type { Verdict } from '../row.ts';
import type { BenchResult } from '../table/result.ts';
import { type Markup, markup } from './markup.ts';

/** A sign beside the word: colour alone says nothing to many, and nothing on paper. */
const signs: Readonly<Record<Verdict, string>> = { pass: '✓', short: '▽', fault: '✕', 'no figure': '–' };

export const verdictMark = (verdict: Verdict): Markup =>
  markup`<span class="verdict ${verdict.replace(' ', '-')}"><span aria-hidden="true">${signs[verdict]}</span> ${verdict}</span>`;

/** How many targets came to which end. */
export function verdictCounts({ rows }: BenchResult): Markup {
  const all = rows.flatMap(({ targets }) => targets.map(({ verdict }) => verdict));
  const counted = (Object.keys(signs) as Verdict[])
    .map((verdict) => ({ verdict, count: all.filter((one) => one === verdict).length }))
    .filter(({ count }) => count > 0);
  return markup`<ul class="counts">${counted.map(({ verdict, count }) => markup`<li>${count} × ${verdictMark(verdict)}</li>`)}</ul>`;
}
