import type { Spread } from '../row.ts';
import type { Comparison } from './compare.ts';

const two = (value: number) => (Number.isFinite(value) ? value.toFixed(2) : '–');
const range = ({ median, least, most }: Spread) =>
  Number.isFinite(median) ? `${two(median)} (${two(least)} to ${two(most)})` : '–';

/** Key, baseline, now, allowed, ok: a line each. */
export function comparisonText(comparisons: readonly Comparison[]): string {
  const head = ['', 'baseline', 'now', 'allowed', ''];
  const lines = comparisons.map(({ key, baseline, now, allowed, outcome }) => [
    ...[key, two(baseline), range(now), `≤ ${two(allowed)}`],
    outcome === 'ok' ? 'ok' : outcome.toUpperCase(),
  ]);
  const all = [head, ...lines];
  const widths = head.map((_, n) => Math.max(...all.map((line) => (line[n] ?? '').length)));
  return all
    .map((line) =>
      line
        .map((cell, n) => cell.padEnd((widths[n] ?? 0) + 2))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
