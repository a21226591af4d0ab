import type { Circumstances } from './machine.ts';
import type { Spread } from './row.ts';
import type { BenchResult, PeerPresence, RowResult, SideResult, TargetResult } from './table/result.ts';

export function circumstancesText({ machine, loadBefore, versions, commit }: Circumstances): string {
  const all = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `machine   ${machine}, load before ${loadBefore.toFixed(1)}\nversions  ${all.join(', ')}\ncommit    ${commit}`;
}

export const resultText = ({ rows, peers }: BenchResult): string =>
  [...rows.map(rowText), tableText(rows), ...peers.map(peerText)].join('\n\n');

/** Every row's measurements, by side. */
function rowText({ id, title, shape, sides, remarks }: RowResult): string {
  return [
    `${id}  ${title}`,
    ...(shape === '' ? [] : [`  ${shape}`]),
    ...sideLines(sides),
    ...remarks.map((text) => `  ${text}`),
  ].join('\n');
}

function sideLines(sides: readonly SideResult[]): string[] {
  const names = [...new Set(sides.flatMap(({ measures }) => Object.keys(measures)))];
  const lines = sides.map(({ name, measures }) => [name, ...names.map((one) => range(measures[one]))]);
  return names.length === 0 ? [] : columns([['', ...names], ...lines]);
}

/** What was to be reached, and what was. */
export function tableText(rows: readonly RowResult[]): string {
  const lines = rows.flatMap(({ id, targets }) => targets.map((target) => [id, ...targetCells(target)]));
  return columns([['', 'figure', 'target', 'measured', 'rounds', ''], ...lines]).join('\n');
}

const targetCells = ({ figure, wanted, value, verdict, counted, rounds }: TargetResult): string[] => [
  figure,
  'atLeast' in wanted ? `≥ ${number(wanted.atLeast)}` : `≤ ${number(wanted.atMost)}`,
  range(value),
  `${counted}/${rounds}`,
  verdict,
];

const peerText = ({ name, version, missing }: PeerPresence): string =>
  missing === undefined ? `beside us: ${name}, ${version}` : `not measured: ${name}, ${missing}`;

/** Without a round that counts there is no number. */
function range(spread: Spread | undefined): string {
  if (spread === undefined || !Number.isFinite(spread.median)) return '–';
  const { median, least, most } = spread;
  return least === most ? number(median) : `${number(median)} (${number(least)} to ${number(most)})`;
}

/** Three digits that matter. */
function number(value: number): string {
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function columns(lines: readonly (readonly string[])[]): string[] {
  const widths = (lines[0] ?? []).map((_, n) => Math.max(...lines.map((line) => (line[n] ?? '').length)));
  return lines.map((line) => `  ${line.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join('  ')}`.trimEnd());
}
