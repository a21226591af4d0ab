import { startGenerator } from '../load/generator.ts';
import { commit } from '../machine.ts';
import { gaplessStack } from '../peers/gapless.ts';
import { inTurns, type Measured, type Round, ratioOf, remarksOf, type Side, sidesOf } from '../rounds.ts';
import type { Sample } from '../row.ts';
import { catchUp } from '../scenarios/catch-up.ts';
import { startGapless } from '../scenarios/gapless.ts';
import { connectTo } from '../scenarios/loaded-stack.ts';
import { insertsPerSecond } from '../scenarios/mongo-inserts.ts';
import type { SideResult } from '../table/result.ts';
import { sockets } from './p03-durable-ingest.ts';
import type { BenchRow } from './row.ts';

const people = { accounts: 20, rooms: 10 };
const rounds = 3;
/** As many sends under way as in the row that looks for the most that comes in. */
const live = { window: sockets.window, warmUpMs: 1_500, measureMs: 4_000 };
const backlog = { events: 40_000, rooms: 200, window: 500 };
/** As a log worker writes by default. */
const inserts = { rows: 40_000, rowsAWrite: 1_000, window: 4 };

/** What is written into MongoDB of a backlog; below twice what comes in, no worker would get out of one in time. */
export const logWorker: BenchRow = {
  id: 'P6',
  title: 'log worker: events a second into MongoDB, one worker',
  targets: [
    { key: 'P6 rate/insertMany', figure: 'events/s, of raw insertMany into the same mongod', wanted: { atLeast: 0.5 } },
    { key: 'P6 catch-up/live', figure: 'events/s of a backlog, of live sends/s', wanted: { atLeast: 2 } },
  ],
  budgetSeconds: 150,
  run: async ({ ends, progress, hasTimeFor }) => {
    const gapless = await startGapless(ends, people);
    const generator = startGenerator();
    ends.teardown(generator.close);
    const ours = gaplessStack(gapless, commit());
    const sending = await connectTo(ours, generator, { clients: sockets.clients, hearing: false });
    const sides: Side[] = [
      { name: 'live, through 2 edges', sample: () => sending.ingest(live) },
      { name: 'log worker, a backlog', sample: async () => rateAlone((await catchUp(gapless, backlog)).perSecond) },
      {
        name: 'raw insertMany',
        sample: async () => rateAlone(await insertsPerSecond(gapless.system.mongoUrl, inserts)),
      },
    ];
    const tell = (n: number, round: Round) => {
      const figures = Object.entries(round).map(([name, { perSecond }]) => `${name} ${Math.round(perSecond)}`);
      progress(`${n}/${rounds}: a second: ${figures.join('; ')}`);
    };
    const all = await inTurns(sides, rounds, tell, hasTimeFor);
    const isFaulty = all.some((round) => Object.values(round).some(({ fault }) => fault !== undefined));
    const ratioTo = (reference: string): Measured => ({
      ...ratioOf(all, { ours: 'log worker, a backlog', reference, by: ({ perSecond }) => perSecond }),
      isFaulty,
    });
    return {
      shape: `${backlog.events} events in ${backlog.rooms} rooms; insertMany of ${inserts.rowsAWrite} rows, ${inserts.window} under way; live: ${sockets.clients} sockets with ${live.window} sends under way each`,
      values: {
        'P6 rate/insertMany': ratioTo('raw insertMany'),
        'P6 catch-up/live': ratioTo('live, through 2 edges'),
      },
      sides: sidesOf(all, 'event').map(({ name, measures }) => ({ name, measures: known(measures) })),
      plots: [],
      remarks: remarksOf(all),
    };
  },
};

const nothing = Number.NaN;

/** Of whom only the rate is known. */
const rateAlone = (perSecond: number): Sample => ({
  ...{ perSecond, cpuUs: nothing, foreignCores: nothing },
  latency: { p50: nothing, p90: nothing, p99: nothing, p999: nothing },
});

const known = (measures: SideResult['measures']): SideResult['measures'] =>
  Object.fromEntries(Object.entries(measures).filter(([, { median }]) => !Number.isNaN(median)));
