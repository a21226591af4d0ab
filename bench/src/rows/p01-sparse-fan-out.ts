import { inTurns, type Round, ratioOf, remarksOf, sidesOf } from '../rounds.ts';
import { startGapless } from '../scenarios/gapless.ts';
import { openSides } from './beside.ts';
import type { BenchRow } from './row.ts';

const people = { accounts: 20, rooms: 10 };
const clients = 1_000;
/** One alone would need most of its core: every delivery is a read of its own as well. */
const generators = 2;
/** The short one leaves room for api, log worker and MongoDB on two cores. */
const shapes = {
  full: { rounds: 4, perSecond: 1_600, warmUpMs: 1_000, measureMs: 7_000 },
  quick: { rounds: 4, perSecond: 400, warmUpMs: 1_000, measureMs: 5_000 },
};

/** Nearly every delivery is a system call of its own: what it costs above that is ours. */
export const sparseFanOut: BenchRow = {
  id: 'P1',
  title: 'sparse fan-out: CPU of edges and NATS for each delivery',
  targets: [
    { key: 'P1 cpu/bare uWS', figure: 'CPU a delivery, of bare uWS', wanted: { atMost: 1.25 } },
    { key: 'P1 cpu/Socket.IO + Redis', figure: 'CPU a delivery, of Socket.IO + Redis', wanted: { atMost: 0.65 } },
  ],
  budgetSeconds: 200,
  guests: ['Centrifugo', 'Centrifugo, history'],
  guestSeconds: 60,
  run: async (context) => {
    const shape = shapes[context.isQuick ? 'quick' : 'full'];
    const gapless = await startGapless(context.ends, people);
    const peers = context.isQuick ? (['bare uWS'] as const) : (['bare uWS', 'Socket.IO + Redis'] as const);
    const loaded = await openSides(context, {
      gapless,
      peers: [...peers, ...context.guests],
      clients,
      hearing: true,
      generators,
    });
    const sides = loaded.map(({ name, fanOut }) => ({ name, sample: () => fanOut(shape) }));
    const tell = (n: number, round: Round) => {
      const figures = Object.entries(round).map(([name, { cpuUs }]) => `${name} ${cpuUs.toFixed(2)}`);
      context.progress(`${n}/${shape.rounds}: CPU µs a delivery: ${figures.join(', ')}`);
    };
    const rounds = await inTurns(sides, shape.rounds, tell, context.hasTimeFor);
    const by = ({ cpuUs }: { cpuUs: number }) => cpuUs;
    return {
      shape: `${clients} clients, ${people.rooms} rooms of ${clients / people.rooms}, ${shape.perSecond} sends/s, 100-byte texts; 2 edges`,
      values: Object.fromEntries(
        peers.map((peer) => [`P1 cpu/${peer}`, ratioOf(rounds, { ours: 'Gapless', reference: peer, by })]),
      ),
      sides: sidesOf(rounds, 'delivery'),
      plots: [],
      remarks: remarksOf(rounds),
    };
  },
};
