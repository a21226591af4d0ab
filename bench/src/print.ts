import type { Circumstances } from './machine.ts';
import { type Row, type Spread, type Summary, summarize } from './row.ts';
import type { EdgeIngest } from './scenarios/edge-ingest.ts';

export function circumstancesText({ machine, loadBefore, versions, commit }: Circumstances): string {
  const all = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `machine   ${machine}, load before ${loadBefore.toFixed(1)}\nversions  ${all.join(', ')}\ncommit    ${commit}`;
}

/** Without a round that counts there is no number. */
const known = (value: number, text: string) => (Number.isNaN(value) ? '–' : text);
const whole = (value: number) => known(value, Math.round(value).toLocaleString('en'));
const two = (value: number) => known(value, value.toFixed(2));
const range = ({ median, least, most }: Spread, form: (value: number) => string) =>
  known(median, `${form(median)} (${form(least)} to ${form(most)})`);

export function rowText(row: Row): string {
  const summary = summarize(row);
  const { ours, reference, foreignCores, remarks } = summary;
  const noise = `besides, the machine was busy with other work: ${range(foreignCores, two)} cores`;
  const line = (name: string, side: Summary['ours']) => [
    name,
    range(side.perSecond, whole),
    range(side.cpuUs, two),
    two(side.p50.median),
    two(side.p99.median),
  ];
  const head = ['', 'per second', 'CPU µs each', 'p50 ms', 'p99 ms'];
  const table = columns([head, line(row.names.ours, ours), line(row.names.reference, reference)]);
  return [
    row.title,
    `  ${row.shape}`,
    ...table,
    `  ${verdictText(row, summary)}`,
    `  ${noise}`,
    ...remarks.map((text) => `  ${text}`),
  ].join('\n');
}

function verdictText({ target, rounds }: Row, { verdict, ratio, counted }: Summary): string {
  const wanted = 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
  return `ratio ${range(ratio, two)}, target ${wanted}: ${verdict.toUpperCase()} (${counted} of ${rounds.length} rounds count)`;
}

export function edgeIngestText({ perSecond, cpuUs, p50, p99, discarded, fault }: EdgeIngest): string {
  const { edges, nats, others } = cpuUs;
  const remark = [discarded, fault].filter((text) => text !== undefined).join('; ');
  return [
    'for information: acknowledged sends/s over sockets through two edges, everything on this machine',
    `  ${whole(perSecond)} /s, p50 ${two(p50)} ms, p99 ${two(p99)} ms; CPU µs each: edges ${two(edges)}, NATS ${two(nats)}, api + worker + MongoDB ${two(others)}`,
    ...(remark === '' ? [] : [`  does not count: ${remark}`]),
  ].join('\n');
}

function columns(lines: readonly (readonly string[])[]): string[] {
  const widths = (lines[0] ?? []).map((_, n) => Math.max(...lines.map((line) => (line[n] ?? '').length)));
  return lines.map(
    (line) =>
      `  ${line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart((widths[n] ?? 0) + 2))).join('')}`,
  );
}
