import type { BenchResult } from '../table/result.ts';
import { type Markup, markup } from './markup.ts';

/** Where, when and of what the figures were taken. */
export function circumstancesSection({ about, tookSeconds }: BenchResult): Markup {
  const { at, machine, loadBefore, versions, commit } = about;
  const all = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const facts = [
    ['machine', machine],
    ['load before', loadBefore.toFixed(1)],
    ['versions', all.join(', ')],
    ['commit', commit],
    ['taken', `${at.slice(0, 16).replace('T', ' ')} UTC, in ${minutesText(tookSeconds)}`],
  ] as const;
  return markup`<dl class="facts">${facts.map(([name, fact]) => markup`<div><dt>${name}</dt><dd>${fact}</dd></div>`)}</dl>`;
}

/** Also who is missing, and why. */
export function peersSection({ peers }: BenchResult): Markup {
  const lines = peers.map(
    ({ name, version, missing }) =>
      markup`<tr><th scope="row">${name}</th><td>${version ?? '–'}</td><td>${missing === undefined ? 'measured' : markup`<span class="empty">not measured: ${missing}</span>`}</td></tr>`,
  );
  return markup`<h2>Who was measured beside it</h2>
<div class="wide"><table><thead><tr><th scope="col">peer</th><th scope="col">version</th><th scope="col">in this run</th></tr></thead>
<tbody>${lines}</tbody></table></div>`;
}

function minutesText(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
