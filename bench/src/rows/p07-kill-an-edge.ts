import { spreadOf } from '../row.ts';
import { startGapless } from '../scenarios/gapless.ts';
import { rollingRestart } from '../scenarios/rolling-restart.ts';
import { type BenchRow, once } from './row.ts';

const people = { edgeCount: 3, accounts: 12, rooms: 10 };
const shape = { members: 60, roomsEach: 2, perSecond: 2_000, quietMs: 3_000 };

/** Every edge is killed in turn while messages flow; who was on it resumes elsewhere. */
export const killAnEdge: BenchRow = {
  id: 'P7',
  title: 'kill -9 of every edge in turn, under load',
  targets: [
    { key: 'P7 lost', figure: 'acknowledged messages lost', wanted: { atMost: 0 } },
    { key: 'P7 doubled', figure: 'messages that came twice', wanted: { atMost: 0 } },
    { key: 'P7 resume', figure: 'resume, p99, s', wanted: { atMost: 2 } },
  ],
  budgetSeconds: 60,
  run: async ({ ends, progress }) => {
    const gapless = await startGapless(ends, people);
    const report = await rollingRestart(gapless, shape, ['kill -9'], progress);
    const { resume, delivery, lost, doubled, unknown, holes, lags, acknowledged } = report;
    const one = (value: number) => spreadOf([value]);
    return {
      shape: `${people.edgeCount} edges, ${shape.perSecond} sends/s, ${shape.members} clients in ${shape.roomsEach} of ${people.rooms} rooms each`,
      values: {
        'P7 lost': once(lost + unknown + holes + lags),
        'P7 doubled': once(doubled),
        'P7 resume': once(resume.p99 / 1e3),
      },
      sides: [
        {
          name: 'Gapless',
          measures: {
            acknowledged: one(acknowledged),
            'resume p50 ms': one(resume.p50),
            'resume p99 ms': one(resume.p99),
            'delivery p99 ms': one(delivery.p99),
          },
        },
      ],
      plots: [],
      remarks: Object.entries(report.departures).map(([why, count]) => `${count} × ${why}`),
    };
  },
};
