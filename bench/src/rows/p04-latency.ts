import { inTurns, percentileAxis, percentileSeries, type Round, ratioOf, remarksOf, sidesOf } from '../rounds.ts';
import { startGapless } from '../scenarios/gapless.ts';
import { openSides } from './beside.ts';
import type { BenchRow } from './row.ts';

const people = { accounts: 20, rooms: 10 };
const clients = 1_000;
const peers = ['bare uWS', 'Socket.IO + Redis'] as const;
const shape = { rounds: 4, perSecond: 762, warmUpMs: 1_000, measureMs: 8_000 };

/** From the moment at which a message was due to its arrival, at a rate that everybody can serve. */
export const latency: BenchRow = {
  id: 'P4',
  title: 'from send to delivery, stored',
  targets: [
    { key: 'P4 p99/Socket.IO + Redis', figure: 'p99, of Socket.IO + Redis', wanted: { atMost: 0.35 } },
    { key: 'P4 p99/bare uWS', figure: 'p99, of bare uWS', wanted: { atMost: 3 } },
  ],
  budgetSeconds: 200,
  guests: ['Centrifugo', 'Centrifugo, history'],
  guestSeconds: 60,
  run: async (context) => {
    const gapless = await startGapless(context.ends, people);
    const loaded = await openSides(context, {
      gapless,
      peers: [...peers, ...context.guests],
      clients,
      hearing: true,
    });
    const sides = loaded.map(({ name, fanOut }) => ({ name, sample: () => fanOut(shape) }));
    const tell = (n: number, round: Round) => {
      const figures = Object.entries(round).map(
        ([
          name,
          {
            latency: { p99 },
          },
        ]) => `${name} ${p99.toFixed(1)} ms`,
      );
      context.progress(`${n}/${shape.rounds}: p99 ${figures.join(', ')}`);
    };
    const rounds = await inTurns(sides, shape.rounds, tell, context.hasTimeFor);
    const by = ({ latency: { p99 } }: { latency: { p99: number } }) => p99;
    const compare = (reference: string) => ratioOf(rounds, { ours: 'Gapless', reference, by });
    return {
      shape: `${clients} clients, rooms of ${clients / people.rooms}, ${shape.perSecond} sends/s, open loop, from the intended time`,
      values: Object.fromEntries(peers.map((peer) => [`P4 p99/${peer}`, compare(peer)])),
      sides: sidesOf(rounds, 'delivery'),
      plots: [
        {
          title: 'From send to delivery, by percentile',
          x: percentileAxis,
          y: { label: 'milliseconds', logarithmic: true },
          series: percentileSeries(rounds),
        },
      ],
      remarks: remarksOf(rounds),
    };
  },
};
