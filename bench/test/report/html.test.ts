import t from 'tap';
import { reportHtml } from '../../src/report/html.ts';
import { aResult, row, spread, target } from './a-result.ts';

const html = reportHtml(aResult);
const occurrences = (text: string, of: string) => text.split(of).length - 1;
const plots = aResult.rows.flatMap((one) => one.plots);

t.test('every row is shown, with its shape, sides, measures and remarks', async (t) => {
  for (const { id, title, shape, sides, remarks } of aResult.rows) {
    t.match(html, `id="${id}"`);
    const words = [title, shape, ...remarks, ...sides.flatMap((side) => [side.name, ...Object.keys(side.measures)])];
    for (const word of words) t.ok(html.includes(word), `${id}: ${word}`);
  }
});

t.test(
  'every target has its figure, what was wanted, its median and range, its rounds and a verdict in words',
  async (t) => {
    const [body = ''] = /<table class="targets">.*?<\/table>/s.exec(html) ?? [];
    for (const { figure } of aResult.rows.flatMap(({ targets }) => targets)) t.ok(body.includes(figure), figure);
    for (const text of ['≤ 1.25', '≥ 7', '1.18', '1.11 to 1.24', '3 of 4']) t.ok(body.includes(text), text);
    for (const verdict of ['pass', 'short', 'fault', 'no figure'])
      t.ok(body.includes(`</span> ${verdict}</span>`), verdict);
    t.ok(body.includes('nothing was measured'), 'a row without a target is not left out');
  },
);

t.test('every series of every plot is drawn, named, and told as a table', async (t) => {
  const series = plots.flatMap((plot) => plot.series);
  t.equal(occurrences(html, '<g class="series'), series.length);
  for (const { name, points } of series) {
    t.ok(html.includes(`</svg>${name}</li>`), `legend of ${name}`);
    t.ok(occurrences(html, `<th scope="row">${name}</th>`) >= points.length, `table of ${name}`);
  }
  for (const { title, x, y } of plots) for (const text of [title, x.label, y.label]) t.ok(html.includes(text), text);
});

t.test('a point that a logarithmic axis cannot show is counted, not dropped in silence', async (t) => {
  const [plot] = plots.filter(({ y }) => y.logarithmic === true);
  const zero = {
    ...plot,
    series: [
      {
        name: 'one',
        points: [
          [2, 0],
          [10, 3],
        ] as const,
      },
    ],
  } as (typeof plots)[number];
  t.match(reportHtml({ ...aResult, rows: [row({ plots: [zero] })] }), '1 of the points have no place');
  const none = { ...zero, series: [{ name: 'none', points: [] }] };
  t.match(reportHtml({ ...aResult, rows: [row({ plots: [none] })] }), 'no figure to draw');
});

t.test('who was not measured is named with the reason, and quoted figures are marked', async (t) => {
  t.match(html, /Centrifugo<\/th>.*not measured: no `centrifugo` on PATH/s);
  t.match(html, 'not of this run');
  t.match(html, 'Tinode 0.25');
});

t.test('nothing that a result says becomes markup', async (t) => {
  const evil = `<img src=x onerror=alert(1)>"'&`;
  const axis = { label: evil };
  const plot = {
    title: evil,
    x: axis,
    y: { ...axis, marks: [{ at: 1, text: evil }] },
    series: [{ name: evil, points: [[1, 1]] as const }],
  };
  const hostile = reportHtml({
    about: { at: evil, machine: evil, loadBefore: 0, versions: { [evil]: evil }, commit: evil },
    tookSeconds: 1,
    rows: [
      {
        ...{ id: evil, title: evil, shape: evil, remarks: [evil], plots: [plot] },
        targets: [target({ key: evil, figure: evil })],
        sides: [{ name: evil, measures: { [evil]: spread(1) } }],
      },
    ],
    peers: [{ name: evil, version: evil, missing: evil }],
  });
  t.notMatch(hostile, '<img');
  t.notMatch(hostile, `x>"`);
  t.match(hostile, '&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
});

t.test('a result that was read from a file, with nulls where there was no figure, is shown as well', async (t) => {
  t.equal(reportHtml(JSON.parse(JSON.stringify(aResult))), html);
});

t.test('it loads and runs nothing', async (t) => {
  t.notMatch(html, /<script|\bsrc=|@import|url\(/);
  t.strictSame([...html.matchAll(/https?:\/\/[^\s"<]*/g)].map(String), []);
  t.match(html, `default-src &#39;none&#39;`);
});
