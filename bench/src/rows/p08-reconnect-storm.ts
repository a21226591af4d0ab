import { mostGeneratorShare } from '../generator-limit.ts';
import { spreadOf } from '../row.ts';
import { startGapless } from '../scenarios/gapless.ts';
import { grant, newRooms } from '../scenarios/granted-people.ts';
import { fillRooms, resumeAtOnce, roomsOfClient } from '../scenarios/resume.ts';
import { type BenchRow, once } from './row.ts';

const roomCount = 100;
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
  budgetSeconds: 70,
  run: async ({ ends, progress }) => {
    const started = await startGapless(ends, signedUp);
    const rooms = newRooms(roomCount);
    // Each is somebody else: an edge looks up the access of all of them.
    const roomsOfEach = Array.from({ length: crowd.clients }, (_, n) => roomsOfClient(n, rooms, crowd.roomsEach));
    const [everywhere, ...people] = (await grant(started.system, [rooms, ...roomsOfEach])).map(({ token }) => token);
    progress('people are granted');
    const filled = { ...started, population: { tokens: [everywhere as string], rooms } };
    const record = await fillRooms(filled, crowd.missed + 10);
    progress('rooms are filled');
    const gapless = { ...started, population: { tokens: people, rooms } };
    const { allLiveMs, wrong, latency, cpuMs, ownShare, ...troubles } = await resumeAtOnce(gapless, record, crowd);
    const isFaulty = troubles.faults > 0;
    const one = (value: number) => spreadOf([value]);
    return {
      shape: `${crowd.clients} people dial 2 edges at once; ${crowd.roomsEach} of ${roomCount} rooms each, ${crowd.missed} messages missed in each`,
      values: { 'P8 live': once(allLiveMs / 1e3, isFaulty), 'P8 wrong': once(wrong, isFaulty) },
      sides: [
        {
          name: 'Gapless',
          measures: {
            'until live p50 ms': one(latency.p50),
            'until live p99 ms': one(latency.p99),
            'CPU ms a client': one(cpuMs / crowd.clients),
            "the clients' process, of a core": one(ownShare),
          },
        },
      ],
      plots: [],
      remarks: [
        ...(isFaulty ? [`${troubles.faults} events doubled or left out`] : []),
        ...(troubles.lags > 0 ? [`${troubles.lags} ranges were to be paged`] : []),
        ...(ownShare > mostGeneratorShare
          ? [`the clients' process used ${Math.round(ownShare * 100)} % of its core: the edges alone take less time`]
          : []),
      ],
    };
  },
};
