import type { RowResult, TargetResult } from '../table/result.ts';
import { spreadTexts, wantedText } from './figure-text.ts';
import { type Markup, markup } from './markup.ts';
import { targetStrip } from './target-strip.ts';
import { verdictMark } from './verdicts.ts';

/** Every row with all its targets; one without any says so. */
export function targetsTable(rows: readonly RowResult[]): Markup {
  return markup`<div class="wide"><table class="targets">
<caption>Median of the rounds that count, and their range. The strip shows them around the target: right of the line is better, its ends are a quarter of the target and four times it.</caption>
<thead><tr><th scope="col">row</th><th scope="col">figure</th><th scope="col" class="number">target</th><th scope="col" class="number">measured</th><th scope="col" class="strip-head"><span class="unseen">around the target</span></th><th scope="col" class="number">rounds</th><th scope="col">verdict</th></tr></thead>
${rows.map(rowBody)}</table></div>`;
}

function rowBody({ id, title, targets }: RowResult): Markup {
  const head = markup`<th scope="rowgroup" rowspan="${Math.max(1, targets.length)}"><a href="#${id}">${id}</a> <span class="title">${title}</span></th>`;
  const lines = targets.map((target, n) => markup`<tr>${n === 0 ? head : ''}${cells(target)}</tr>`);
  const none = markup`<tr>${head}<td colspan="6" class="empty">nothing was measured; why is said below</td></tr>`;
  return markup`<tbody>${targets.length === 0 ? none : lines}</tbody>`;
}

function cells(target: TargetResult): Markup {
  const { figure, wanted, value, verdict, counted, rounds } = target;
  const { median, range } = spreadTexts(value);
  return markup`<td>${figure}</td><td class="number">${wantedText(wanted)}</td>
<td class="number"><strong>${median}</strong> <span class="range">${range}</span></td>
<td>${targetStrip(target)}</td><td class="number">${counted} of ${rounds}</td><td>${verdictMark(verdict)}</td>`;
}
