import type { Plot } from '../table/result.ts';
import { figureText } from './figure-text.ts';
import { type Markup, markup, nothing } from './markup.ts';
import { canShow, type Scale, scaleFor } from './ticks.ts';

type Point = readonly [number, number];

/** In units of the drawing; words around it are HTML, which wraps where a drawing would clip. */
const frame = { width: 480, height: 270, left: 62, right: 32, top: 12, bottom: 30 };
const inner = { width: frame.width - frame.left - frame.right, height: frame.height - frame.top - frame.bottom };
const most = { x: 6, y: 6 };
/** Told apart by shape as well: not everybody sees every colour, and paper has none. */
const shapes = ['M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z', 'M-4,-4h8v8h-8z', 'M0,-5l5,9h-10z', 'M0,-5l5,5l-5,5l-5,-5z'];
const hues = 6;

/** One plot with its legend, and its figures as a table for whoever cannot see it. */
export function plotFigure(plot: Plot): Markup {
  const shown = plot.series.map(({ name, points }) => ({
    name,
    points: points.filter(([x, y]) => canShow(plot.x, x) && canShow(plot.y, y)),
  }));
  const left = sum(plot.series.map(({ points }) => points.length)) - sum(shown.map(({ points }) => points.length));
  const drawn = shown.some(({ points }) => points.length > 0);
  return markup`<figure class="plot">
<figcaption><strong>${plot.title}</strong><span class="unit">${plot.y.label}${plot.y.logarithmic ? ', logarithmic' : ''}</span></figcaption>
${drawn ? drawing(plot, shown) : markup`<p class="empty">no figure to draw</p>`}
<p class="unit x">${plot.x.label}${plot.x.logarithmic ? ', logarithmic' : ''}</p>
<ul class="legend">${plot.series.map(({ name }, n) => legend(name, n))}</ul>
${left === 0 ? nothing : markup`<p class="remark">${left} of the points have no place on these axes</p>`}
${figures(plot)}
</figure>`;
}

function drawing(plot: Plot, series: Plot['series']): Markup {
  const points = series.flatMap((one) => one.points);
  const x = scaleFor(plot.x, points.map(first), most.x);
  const y = scaleFor(plot.y, points.map(second), most.y);
  const names = series.map(({ name }) => name).join(', ');
  return markup`<svg viewBox="0 0 ${frame.width} ${frame.height}" role="img" aria-label="${plot.title}: ${plot.y.label} against ${plot.x.label}; ${names}">
${y.ticks.map(({ at, text }) => rule(across(y, at), text))}
${x.ticks.map(({ at, text }) => upright(along(x, at), text))}
<path class="axis" d="M${frame.left},${frame.height - frame.bottom}h${inner.width}"/>
${series.map((one, n) => line(one.points, n, x, y))}
</svg>`;
}

function line(points: readonly Point[], n: number, x: Scale, y: Scale): Markup {
  const places = points.map(([px, py]) => [along(x, px), across(y, py)] as const);
  const path = places.map(([px, py], m) => `${m === 0 ? 'M' : 'L'}${px},${py}`).join('');
  const dots = places.map(([px, py]) => markup`<path transform="translate(${px} ${py})" d="${shapeOf(n)}"/>`);
  return markup`<g class="series hue-${n % hues}"><path class="line" d="${path}"/>${dots}</g>`;
}

const legend = (name: string, n: number): Markup =>
  markup`<li><svg class="series hue-${n % hues}" viewBox="-14 -8 28 16" aria-hidden="true"><path class="line" d="M-14,0h28"/><path d="${shapeOf(n)}"/></svg>${name}</li>`;

const rule = (y: number, text: string): Markup =>
  markup`<path class="grid" d="M${frame.left},${y}h${inner.width}"/><text class="tick" x="${frame.left - 8}" y="${y}" dy="0.35em" text-anchor="end">${text}</text>`;

const upright = (x: number, text: string): Markup =>
  markup`<path class="grid" d="M${x},${frame.top}v${inner.height}"/><text class="tick" x="${x}" y="${frame.height - frame.bottom + 20}" text-anchor="middle">${text}</text>`;

function figures({ x, y, series }: Plot): Markup {
  const lines = series.flatMap(({ name, points }) =>
    points.map(
      ([px, py]) =>
        markup`<tr><th scope="row">${name}</th><td>${markTextOf(x, px) ?? figureText(px)}</td><td>${figureText(py)}</td></tr>`,
    ),
  );
  return markup`<details><summary>The plot's figures</summary><div class="wide"><table>
<thead><tr><th scope="col"></th><th scope="col">${x.label}</th><th scope="col">${y.label}</th></tr></thead>
<tbody>${lines}</tbody></table></div></details>`;
}

const markTextOf = ({ marks }: Plot['x'], value: number) => marks?.find(({ at }) => at === value)?.text;
const along = (scale: Scale, value: number) => tenth(frame.left + scale.place(value) * inner.width);
const across = (scale: Scale, value: number) => tenth(frame.height - frame.bottom - scale.place(value) * inner.height);
const shapeOf = (n: number) => shapes[n % shapes.length] as string;
const tenth = (value: number) => Math.round(value * 10) / 10;
const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
const first = ([x]: Point) => x;
const second = ([, y]: Point) => y;
