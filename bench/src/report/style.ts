/** Of the report: one file that stands for itself, light and dark, on paper too. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --card: #fff; --ink: #1c2024; --soft: #5d666f; --rule: #dfe2e4; --link: #0a58a8;
  --pass: #14713a; --pass-back: #e1f3e6; --short: #8a5300; --short-back: #fdefd3;
  --fault: #b01b1b; --fault-back: #fde4e2; --no-figure: #545c64; --no-figure-back: #eceeef;
  --hue-0: #0072b2; --hue-1: #d55e00; --hue-2: #00805d; --hue-3: #a8478a; --hue-4: #8a6d00; --hue-5: #4a5560;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --card: #1b1f23; --ink: #e6e9eb; --soft: #9aa4ad; --rule: #343b41; --link: #7cc0ff;
    --pass: #7fd99b; --pass-back: #173522; --short: #f2bd6b; --short-back: #3d2c10;
    --fault: #ff9a92; --fault-back: #471c1a; --no-figure: #b0b8bf; --no-figure-back: #2b3136;
    --hue-0: #56b4e9; --hue-1: #f28c45; --hue-2: #35c196; --hue-3: #dd92c4; --hue-4: #dcc13c; --hue-5: #b4bdc5;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 76rem; padding: 2.5rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
}
h1 { margin: 0 0 .25rem; font-size: 2rem; line-height: 1.2; letter-spacing: -.015em; }
h2 { margin: 3rem 0 .75rem; font-size: 1.35rem; line-height: 1.3; }
h3 { margin: 0 0 .25rem; font-size: 1.1rem; line-height: 1.4; }
a { color: var(--link); }
.lead, .shape, .unit, caption, .range, .empty, dt { color: var(--soft); }
.lead { margin: 0 0 1.25rem; max-width: 48rem; }
.counts, .legend, .remarks { margin: 0; padding: 0; list-style: none; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; margin: 1.25rem 0; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: .75rem 2rem; margin: 0; }
.facts dt { font-size: .8rem; } .facts dd { margin: 0; overflow-wrap: anywhere; }
.wide { position: relative; overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
.targets, .reference { width: 100%; } .sides { min-width: min(100%, 34rem); }
caption { caption-side: bottom; padding-top: .6rem; text-align: left; font-size: .85rem; }
th, td { padding: .45rem .9rem .45rem 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 600; }
.targets tbody th { min-width: 11rem; } .targets .title { font-weight: 400; }
.targets td:nth-last-child(6) { min-width: 9rem; }
.number, thead .number { text-align: right; white-space: nowrap; } td.number .range { display: block; font-size: .8rem; }
.strip-head { width: 8.5rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.verdict { display: inline-block; padding: 0 .55rem; border-radius: 1rem; font-size: .85rem; font-weight: 600; line-height: 1.6; white-space: nowrap; }
.verdict.pass { color: var(--pass); background: var(--pass-back); }
.verdict.short { color: var(--short); background: var(--short-back); }
.verdict.fault { color: var(--fault); background: var(--fault-back); }
.verdict.no-figure { color: var(--no-figure); background: var(--no-figure-back); }
.row { margin: 1.25rem 0; padding: 1.25rem 1.5rem; border: 1px solid var(--rule); border-radius: .6rem; background: var(--card); }
h3 .verdict { margin-left: .25rem; }
.row .id { color: var(--soft); } .shape { margin: 0 0 .75rem; font-size: .9rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1.5rem 2.5rem; margin-top: 1.5rem; }
.plot { margin: 0; max-width: 38rem; min-width: 0; }
figcaption .unit { display: block; } .unit { font-size: .85rem; } .unit.x { margin: 0; text-align: right; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: .4rem 0; font-size: .9rem; }
.legend li { display: flex; align-items: center; gap: .4rem; } .legend svg { width: 28px; height: 16px; flex: none; }
.plot > svg { display: block; width: 100%; height: auto; }
.tick { font-size: 12px; fill: var(--soft); font-variant-numeric: tabular-nums; }
.grid { stroke: var(--rule); fill: none; } .axis, .goal { stroke: var(--soft); fill: none; }
.series .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.strip { display: block; width: 8.25rem; height: 1.35rem; }
.strip .range { stroke: var(--hue-0); stroke-width: 4; stroke-linecap: round; opacity: .45; } .strip circle { fill: var(--hue-0); }
${[0, 1, 2, 3, 4, 5].map((n) => `.hue-${n} { stroke: var(--hue-${n}); fill: var(--hue-${n}); }`).join('\n')}
details { font-size: .85rem; } summary { color: var(--soft); cursor: pointer; }
details table { font-size: .85rem; }
.remarks { margin-top: 1rem; padding: .6rem .9rem; border-left: 3px solid var(--short); font-size: .9rem; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  body { padding: 1.5rem 1rem 3rem; } h1 { font-size: 1.6rem; } .row { padding: 1rem; } .tick { font-size: 16px; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  .row, figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; } details { display: none; }
  .verdict { border: 1px solid currentcolor; }
}
`;
