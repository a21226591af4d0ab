import type { LatencySummary } from '../load/latency.ts';
import type { FleetReport } from './fleet.ts';

const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

export const latencyText = ({ count, p50, p99, max }: LatencySummary): string =>
  `p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)} of ${count.toLocaleString('en')}`;

/** What must not be, if anything of it was. */
export function fleetFault(report: FleetReport): string | undefined {
  const { unknown, lost, doubled, holes, lags } = report;
  if (unknown + lost + doubled + holes + lags === 0) return undefined;
  return `${unknown} of unknown fate; ${lost} lost, ${doubled} doubled, ${holes} holes, ${lags} lags`;
}

export function fleetText(report: FleetReport): string[] {
  const { acknowledged, unknown, lost, doubled, holes, lags, resume, delivery, departures, refusals } = report;
  const counts = (all: Readonly<Record<string, number>>) =>
    Object.entries(all)
      .map(([what, count]) => `${count} × ${what}`)
      .join(', ') || 'none';
  return [
    `${acknowledged.toLocaleString('en')} acknowledged, ${unknown} of unknown fate; ${lost} lost, ${doubled} doubled, ${holes} holes, ${lags} lags`,
    `resume    ${latencyText(resume)}`,
    `delivery  ${latencyText(delivery)}`,
    `left      ${counts(departures)}; refused: ${counts(refusals)}`,
  ];
}
