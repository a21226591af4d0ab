import { createCpuWatch } from '../cpu-watch.ts';
import { inTurns, type Round, ratioOf, remarksOf, type Side, sidesOf } from '../rounds.ts';
import { type Spread, spreadOf } from '../row.ts';
import { type Gapless, startGapless } from '../scenarios/gapless.ts';
import { publisherSides } from '../scenarios/ingest.ts';
import type { LoadSample } from '../scenarios/loaded-stack.ts';
import type { SideResult } from '../table/result.ts';
import { openSides } from './beside.ts';
import type { BenchRow, RowContext } from './row.ts';

const people = { accounts: 20, rooms: 40 };
/** As many sends under way as the raw publisher has. */
export const sockets = { clients: 100, window: 20 };
const shapes = {
  full: { rounds: 4, warmUpMs: 1_500, measureMs: 5_000 },
  quick: { rounds: 3, warmUpMs: 750, measureMs: 2_500 },
};
const publishing = { window: 2_000, rooms: 200, users: 20 };

/** A send is answered when the log has it on disk, in order, once. */
export const durableIngest: BenchRow = {
  id: 'P3',
  title: 'durable ingest: acknowledged sends a second',
  targets: [
    { key: 'P3 rate/raw publish', figure: 'sends/s, of raw pipelined publish', wanted: { atLeast: 0.7 } },
    { key: 'P3 rate/durable stack', figure: 'sends/s, of the usual durable stack', wanted: { atLeast: 25 } },
    {
      key: 'P3 multiplexer/raw publish',
      figure: "appends/s of the edge's multiplexer alone, of raw pipelined publish",
      wanted: { atLeast: 0.6 },
    },
  ],
  budgetSeconds: 230,
  run: async (context) => {
    const shape = shapes[context.isQuick ? 'quick' : 'full'];
    const ours = await startGapless(context.ends, people);
    const costs = createSendCosts(ours);
    const sides = await sidesOn(context, shape, ours, costs.during);
    const tell = (n: number, round: Round) => {
      const figures = Object.entries(round).map(([name, { perSecond }]) => `${name} ${Math.round(perSecond)}`);
      context.progress(`${n}/${shape.rounds}: a second: ${figures.join(', ')}`);
    };
    const rounds = await inTurns(sides, shape.rounds, tell, context.hasTimeFor);
    const by = ({ perSecond }: { perSecond: number }) => perSecond;
    return {
      shape: `${sockets.clients} sockets on 2 edges with ${sockets.window} sends under way each, ${people.rooms} rooms; publishers ${publishing.window} under way, ${publishing.rooms} rooms × ${publishing.users} senders, one stream on file`,
      values: {
        'P3 rate/raw publish': ratioOf(rounds, { ours: 'Gapless', reference: 'raw publish', by }),
        ...(context.isQuick
          ? {}
          : { 'P3 rate/durable stack': ratioOf(rounds, { ours: 'Gapless', reference: 'durable stack', by }) }),
        'P3 multiplexer/raw publish': ratioOf(rounds, { ours: 'multiplexer', reference: 'raw publish', by }),
      },
      sides: sidesOf(rounds, 'acknowledged send').map((side) => (side.name === 'Gapless' ? costs.on(side) : side)),
      plots: [],
      remarks: remarksOf(rounds),
    };
  },
};

async function sidesOn(
  context: RowContext,
  shape: { warmUpMs: number; measureMs: number },
  gapless: Gapless,
  during: SendCosts['during'],
): Promise<Side[]> {
  const peers = context.isQuick ? [] : (['durable stack'] as const);
  const { clients, window } = sockets;
  const loaded = await openSides(context, {
    gapless,
    peers,
    clients,
    hearing: false,
  });
  const sending = loaded.map(({ name, ingest }) => {
    const sample = () => ingest({ ...shape, window });
    return { name, sample: name === 'Gapless' ? () => during(sample) : sample };
  });
  return [...sending, ...(await publisherSides(context.ends, { ...publishing, ...shape }))];
}

type SendCosts = ReturnType<typeof createSendCosts>;

/** What a send costs each of those who work for it, until the last of them is done with it: sizes are worked out from that. */
function createSendCosts({ pids }: Gapless) {
  const found: Readonly<Record<'edges' | 'nats' | 'others', number>>[] = [];
  // As in the table of rates: the first turn does not count.
  let isWarm = false;
  const each = (who: 'edges' | 'nats' | 'others'): Spread => spreadOf(found.map((one) => one[who]));
  return {
    during: async (take: () => Promise<LoadSample>): Promise<LoadSample> => {
      const watch = createCpuWatch(pids);
      watch.begun();
      const sample = await take();
      watch.ended();
      const { edges, nats, others } = watch.spent().ms;
      const usEach = (ms: number) => (ms * 1e3) / sample.report.acknowledged;
      if (isWarm && sample.discarded === undefined)
        found.push({ edges: usEach(edges), nats: usEach(nats), others: usEach(others) });
      isWarm = true;
      return sample;
    },
    on: ({ name, measures }: SideResult): SideResult => ({
      name,
      measures: {
        ...measures,
        'CPU µs of edges a send': each('edges'),
        'CPU µs of NATS a send': each('nats'),
        'CPU µs of log worker, MongoDB and api a send': each('others'),
      },
    }),
  };
}
