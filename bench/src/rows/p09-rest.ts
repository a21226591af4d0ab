import { inTurns, ratioOf, remarksOf, sidesOf } from '../rounds.ts';
import { startGapless } from '../scenarios/gapless.ts';
import { restPairs } from '../scenarios/rest.ts';
import type { BenchRow, Finding } from './row.ts';

const connections = 10;
const people = { accounts: connections, rooms: 60, edgeCount: 1 };
const shape = { connections, seconds: 2, messages: 100 };
const rounds = 5;

/** What the whole api costs over the calls of the driver that its answers need. */
export const rest: BenchRow = {
  id: 'P9',
  title: 'REST: requests a second',
  targets: [
    { key: 'P9 rate/history', figure: 'pages of history/s, of bare Fastify', wanted: { atLeast: 0.8 } },
    { key: 'P9 rate/room list', figure: 'pages of rooms/s, of bare Fastify', wanted: { atLeast: 0.8 } },
  ],
  budgetSeconds: 120,
  run: async ({ ends, progress, hasTimeFor }) => {
    const gapless = await startGapless(ends, people);
    const by = ({ perSecond }: { perSecond: number }) => perSecond;
    const values: Record<string, Finding['values'][string]> = {};
    const [sides, remarks]: [Finding['sides'][number][], string[]] = [[], []];
    for (const { what, sides: pair } of await restPairs(gapless, ends, shape)) {
      const all = await inTurns(pair, rounds, () => undefined, hasTimeFor);
      const found = sidesOf(all, 'request').map((side) => ({ ...side, name: `${what}, ${side.name}` }));
      if (pair.length > 1) values[`P9 rate/${what}`] = ratioOf(all, { ours: 'Gapless', reference: 'bare Fastify', by });
      sides.push(...found);
      remarks.push(...remarksOf(all).map((remark) => `${what}: ${remark}`));
      progress(
        `${what}: ${found.map((one) => `${Math.round(one.measures['request/s']?.median ?? 0)}`).join(', bare ')}`,
      );
    }
    return {
      shape: `${connections} connections, each of another user for another room, ${shape.seconds} s a round, one process each, the same MongoDB; passwords cheap to hash, so that the log-in is the api's own`,
      ...{ values, sides, plots: [], remarks },
    };
  },
};
