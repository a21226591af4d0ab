import { startGenerator } from '../load/generator.ts';
import { commit } from '../machine.ts';
import { gaplessStack } from '../peers/gapless.ts';
import { behindWarmUp, type Measured, remarksOf } from '../rounds.ts';
import { spreadOf } from '../row.ts';
import { catchUp } from '../scenarios/catch-up.ts';
import { startGapless } from '../scenarios/gapless.ts';
import { connectTo, type LoadSample } from '../scenarios/loaded-stack.ts';
import { insertsPerSecond } from '../scenarios/mongo-inserts.ts';
import { sockets } from './p03-durable-ingest.ts';
import type { BenchRow } from './row.ts';

const people = { accounts: 20, rooms: 10 };
const rounds = 3;
/** As many sends under way as in the row that looks for the most that comes in. */
const live = { window: sockets.window, warmUpMs: 1_500, measureMs: 4_000 };
const backlog = { events: 40_000, rooms: 200, window: 500 };
/** As a log worker writes by default. */
const inserts = { rows: 40_000, rowsAWrite: 1_000, window: 4 };

interface Found {
  readonly live: LoadSample;
  readonly worker: number;
  readonly raw: number;
}

/** What is written into MongoDB of a backlog; below twice what comes in, no worker would get out of one in time. */
export const logWorker: BenchRow = {
  id: 'P6',
  title: 'log worker: events a second into MongoDB, one worker',
  targets: [
    { key: 'P6 rate/insertMany', figure: 'events/s, of raw insertMany into the same mongod', wanted: { atLeast: 0.5 } },
    { key: 'P6 catch-up/live', figure: 'events/s of a backlog, of live sends/s', wanted: { atLeast: 2 } },
  ],
  budgetSeconds: 190,
  run: async ({ ends, progress, hasTimeFor }) => {
    const gapless = await startGapless(ends, people);
    const generator = startGenerator();
    ends.teardown(generator.close);
    const ours = gaplessStack(gapless, commit());
    const sending = await connectTo(ours, generator, { clients: sockets.clients, hearing: false });
    const takeRound = async (): Promise<Found> => ({
      live: await sending.ingest(live),
      worker: (await catchUp(gapless, backlog)).perSecond,
      raw: await insertsPerSecond(gapless.system.mongoUrl, inserts),
    });
    const tell = (n: number, found: Found) => {
      const figures = [found.worker, found.raw, found.live.perSecond].map(Math.round);
      progress(`${n}/${rounds}: a second: ${figures[0]}, raw ${figures[1]}, live ${figures[2]}`);
    };
    const all = await behindWarmUp(rounds, takeRound, tell, hasTimeFor);
    const counted = all.filter((found) => found.live.discarded === undefined);
    const side = (name: string, of: (found: Found) => number) => ({
      name,
      measures: { 'a second': spreadOf(all.map(of)) },
    });
    return {
      shape: `${backlog.events} events in ${backlog.rooms} rooms; insertMany of ${inserts.rowsAWrite} rows, ${inserts.window} under way; live: ${sockets.clients} sockets with ${live.window} sends under way each`,
      values: {
        'P6 rate/insertMany': ratioOf(all, all, ({ worker, raw }) => worker / raw),
        'P6 catch-up/live': ratioOf(all, counted, (found) => found.worker / found.live.perSecond),
      },
      sides: [
        side('log worker, a backlog', ({ worker }) => worker),
        side('raw insertMany', ({ raw }) => raw),
        side('live, through 2 edges', (found) => found.live.perSecond),
      ],
      plots: [],
      remarks: remarksOf(all.map((found) => ({ live: found.live }))),
    };
  },
};

const ratioOf = (all: readonly Found[], counted: readonly Found[], ratio: (found: Found) => number): Measured => ({
  value: spreadOf(counted.map(ratio)),
  counted: counted.length,
  rounds: all.length,
  isFaulty: all.some(({ live: { fault } }) => fault !== undefined),
});
