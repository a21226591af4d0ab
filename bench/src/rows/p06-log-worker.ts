import { startGenerator } from '../load/generator.ts';
import { commit } from '../machine.ts';
import { gaplessStack } from '../peers/gapless.ts';
import type { Measured } from '../rounds.ts';
import { spreadOf } from '../row.ts';
import { catchUp } from '../scenarios/catch-up.ts';
import { startGapless } from '../scenarios/gapless.ts';
import { connectTo } from '../scenarios/loaded-stack.ts';
import { insertsPerSecond } from '../scenarios/mongo-inserts.ts';
import type { BenchRow } from './row.ts';

const people = { accounts: 20, rooms: 10 };
const rounds = 3;
const live = { window: 4, warmUpMs: 1_500, measureMs: 4_000 };
const sockets = { clients: 100, hearing: false };
const backlog = { events: 40_000, rooms: 200, window: 500 };
const inserts = { rows: 40_000, rowsAWrite: 500, window: 2 };

interface Found {
  readonly live: number;
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
    const sending = await connectTo(gaplessStack(gapless, commit()), generator, sockets);
    const all: Found[] = [];
    const remarks: string[] = [];
    const began = performance.now();
    const secondsEach = () => (performance.now() - began) / 1e3 / all.length;
    for (let n = 1; n <= rounds && (n === 1 || hasTimeFor(secondsEach())); n++) {
      const { perSecond, fault } = await sending.ingest(live);
      const worker = await catchUp(gapless, backlog);
      const raw = await insertsPerSecond(gapless.system.mongoUrl, inserts);
      all.push({ live: perSecond, worker: worker.perSecond, raw });
      if (fault !== undefined) remarks.push(`round ${n}, live: ${fault}`);
      progress(
        `${n}/${rounds}: a second: ${Math.round(worker.perSecond)}, raw ${Math.round(raw)}, live ${Math.round(perSecond)}`,
      );
    }
    const side = (name: string, of: (found: Found) => number) => ({
      name,
      measures: { 'a second': spreadOf(all.map(of)) },
    });
    return {
      shape: `${backlog.events} events in ${backlog.rooms} rooms; insertMany of ${inserts.rowsAWrite} rows, ${inserts.window} under way; live: ${sockets.clients} sockets with ${live.window} sends under way each`,
      values: {
        'P6 rate/insertMany': measured(all.map(({ worker, raw }) => worker / raw)),
        'P6 catch-up/live': measured(all.map((found) => found.worker / found.live)),
      },
      sides: [
        side('log worker, a backlog', ({ worker }) => worker),
        side('raw insertMany', ({ raw }) => raw),
        side('live, through 2 edges', (found) => found.live),
      ],
      ...{ plots: [], remarks },
    };
  },
};

const measured = (ratios: readonly number[]): Measured => ({
  ...{ value: spreadOf(ratios), counted: ratios.length, rounds: ratios.length, isFaulty: false },
});
