import type { BenchResult } from '../table/result.ts';
import { circumstancesSection, peersSection } from './around-the-run.ts';
import { Markup, markup } from './markup.ts';
import { referenceFigures } from './reference-figures.ts';
import { rowSection } from './row-section.ts';
import { style } from './style.ts';
import { targetsTable } from './targets-table.ts';
import { verdictCounts } from './verdicts.ts';

/** Whatever a result may hold, the page can neither load nor run anything. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** The whole run as one file that a browser opens without a network. */
export function reportHtml(result: BenchResult): string {
  const { at, commit } = result.about;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gapless bench, ${at.slice(0, 10)}, ${commit}</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<h1>What Gapless costs, and what it reaches</h1>
<p class="lead">One run, one machine. What is compared was taken in turns, under the same clients, bytes and rate; of Gapless alone, and once,
are memory (P5), a killed edge (P7), the storm (P8) and overload (P12). Ratios carry over to other machines, absolute figures do not.</p>
${circumstancesSection(result)}
${verdictCounts(result)}
</header>
<main>
<h2>Targets</h2>
${targetsTable(result.rows)}
<h2>Row by row</h2>
${result.rows.map(rowSection)}
${peersSection(result)}
${referenceFigures()}
</main>
</body>
</html>
`.text;
}
