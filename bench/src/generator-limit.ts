import { faultCount } from './load/chain.ts';
import type { LoadReport } from './load/orders.ts';
import { contradictions } from './load/tally.ts';
import type { Sample } from './row.ts';

/** Past this share of its core the generator measures itself. */
export const mostGeneratorShare = 0.7;

/** Sends that leave later than this leave in bursts, which are cheaper: it is not the load that was asked for. */
export const mostLateMs = 100;

/** What a report says about its own worth. */
export function judge(report: LoadReport): Pick<Sample, 'discarded' | 'fault'> {
  const fault = faultOf(report);
  const discarded = discardedFor(report);
  return { ...(discarded === undefined ? {} : { discarded }), ...(fault === undefined ? {} : { fault }) };
}

function discardedFor({ measured, lateness, refused, troubles }: LoadReport): string | undefined {
  const { generatorShare } = measured;
  if (generatorShare > mostGeneratorShare)
    return `the generator used ${Math.round(generatorShare * 100)} % of its core`;
  if (lateness.p99 > mostLateMs)
    return `the generator got too little time: sends left ${Math.round(lateness.p99)} ms late`;
  const said = Object.entries(troubles).filter(([what]) => !isContradiction(what));
  if (refused > 0) said.unshift(['refused: busy', refused]);
  return said.length === 0 ? undefined : said.map(([what, count]) => `${count} × ${what}`).join('; ');
}

/** Refusals and ended connections are none: clients are told, and come back. Whom nobody told must have got everything. */
function faultOf({ faults, troubles, delivered, expected }: LoadReport): string | undefined {
  const { lost, doubled, swapped, broken } = faults;
  const all = Object.entries(troubles);
  const parts = all.filter(([what]) => isContradiction(what)).map(([what, count]) => `${count} × ${what}`);
  if (faultCount(faults) > 0) parts.push(`${lost} lost, ${doubled} doubled, ${swapped} swapped, ${broken} broken`);
  if (delivered !== expected && all.length === 0) parts.push(`${delivered} of ${expected} delivered`);
  return parts.length === 0 ? undefined : parts.join('; ');
}

const isContradiction = (what: string): boolean => Object.values<string>(contradictions).includes(what);
