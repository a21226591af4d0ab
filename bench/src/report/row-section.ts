import type { RowResult, SideResult } from '../table/result.ts';
import { spreadTexts } from './figure-text.ts';
import { type Markup, markup, nothing } from './markup.ts';
import { plotFigure } from './svg-plot.ts';
import { verdictMark } from './verdicts.ts';

/** Everything about one row: its shape, all that its sides were measured at, its plots, what was found wrong. */
export function rowSection({ id, title, shape, targets, sides, plots, remarks }: RowResult): Markup {
  return markup`<section class="row" id="${id}">
<h3><span class="id">${id}</span> ${title} ${targets.map(({ verdict }) => verdictMark(verdict))}</h3>
<p class="shape">${shape}</p>
${sides.length === 0 ? nothing : sidesTable(sides)}
${plots.length === 0 ? nothing : markup`<div class="plots">${plots.map(plotFigure)}</div>`}
${remarks.length === 0 ? nothing : markup`<ul class="remarks">${remarks.map((remark) => markup`<li>${remark}</li>`)}</ul>`}
</section>`;
}

/** What is measured goes down, who is measured across: sides are few, measures many. */
function sidesTable(sides: readonly SideResult[]): Markup {
  const measures = [...new Set(sides.flatMap((side) => Object.keys(side.measures)))];
  return markup`<div class="wide"><table class="sides">
<thead><tr><th scope="col">median, range</th>${sides.map(({ name }) => markup`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>${measures.map((measure) => markup`<tr><th scope="row">${measure}</th>${sides.map((side) => cell(side, measure))}</tr>`)}</tbody>
</table></div>`;
}

function cell({ measures }: SideResult, measure: string): Markup {
  const spread = measures[measure];
  if (spread === undefined) return markup`<td class="number empty">–</td>`;
  const { median, range } = spreadTexts(spread);
  return markup`<td class="number">${median} <span class="range">${range}</span></td>`;
}
