import { spreadOf } from '../row.ts';
import { startGapless } from '../scenarios/gapless.ts';
import { grantedPopulation } from '../scenarios/granted-people.ts';
import { fillRooms, resumeAtOnce } from '../scenarios/resume.ts';
import { type BenchRow, once } from './row.ts';

const people = { accounts: 20, rooms: 100 };
const signedUp = { accounts: 1, rooms: 1 };
const crowd = { clients: 10_000, roomsEach: 5, missed: 10 };

/** Everybody comes back in the same moment, and each has missed something. */
export const reconnectStorm: BenchRow = {
  id: 'P8',
  title: 'reconnect storm: all resume at once',
  targets: [
    { key: 'P8 live', figure: 'until all are live again, s', wanted: { atMost: 10 } },
    { key: 'P8 wrong', figure: 'rooms that did not get exactly what was missed', wanted: { atMost: 0 } },
  ],
  budgetSeconds: 110,
  run: async ({ ends, progress }) => {
    const started = await startGapless(ends, signedUp);
    const gapless = { ...started, population: await grantedPopulation(started.system, people) };
    const record = await fillRooms(gapless, crowd.missed + 10);
    progress('rooms are filled');
    const { allLiveMs, wrong, latency, cpuMs } = await resumeAtOnce(gapless, record, crowd);
    const one = (value: number) => spreadOf([value]);
    return {
      shape: `${crowd.clients} clients dial 2 edges at once; ${crowd.roomsEach} of ${people.rooms} rooms each, ${crowd.missed} messages missed in each`,
      values: { 'P8 live': once(allLiveMs / 1e3), 'P8 wrong': once(wrong) },
      sides: [
        {
          name: 'Gapless',
          measures: {
            'until live p50 ms': one(latency.p50),
            'until live p99 ms': one(latency.p99),
            'CPU ms a client': one(cpuMs / crowd.clients),
          },
        },
      ],
      plots: [],
      remarks: [],
    };
  },
};
