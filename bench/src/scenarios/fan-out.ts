import { fileURLToPath } from 'node:url';
import { createCpuWatch } from '../cpu-watch.ts';
import { createEnds } from '../ends.ts';
import { judge } from '../generator-limit.ts';
import { startGenerator } from '../load/generator.ts';
import type { LoadReport, OpenLoad } from '../load/orders.ts';
import { startOrdered } from '../ordered-process.ts';
import type { Round, Row, Sample } from '../row.ts';
import type { Gapless } from './gapless.ts';
import { seatsFor } from './seats.ts';

export interface FanOutShape {
  readonly rounds: number;
  readonly clients: number;
  readonly perSecond: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const bareScript = fileURLToPath(new URL('../../peers/bare-uws/server.js', import.meta.url));
const drainMs = 5_000;

/** The same clients, rooms and rate, in turns on Gapless and on a bare uWebSockets.js. */
export async function fanOut(gapless: Gapless, shape: FanOutShape, progress: (line: string) => void): Promise<Row> {
  const ends = createEnds();
  try {
    const bare = startOrdered<never, { say: 'listening'; port: number }>('bare server', bareScript);
    ends.teardown(bare.close);
    const { port } = await bare.first();
    const generator = startGenerator();
    ends.teardown(generator.close);
    const { population, urls, pids } = gapless;
    const count = { clients: shape.clients, hearing: true };
    await generator.connect('gapless', seatsFor(urls, population, count));
    await generator.connect('bare', seatsFor([`ws://127.0.0.1:${port}/ws`], population, count));

    const side = async (crowd: 'gapless' | 'bare'): Promise<Sample> => {
      const groups = { ...pids, bare: [bare.pid], bench: [generator.pid, process.pid] };
      const watch = createCpuWatch(groups);
      const report = await generator.run(crowd, loadOf(shape, crowd === 'gapless'), watch);
      return sampleOf(report, watch.spent(), crowd === 'gapless' ? ['edges', 'nats'] : ['bare']);
    };
    // One of each that does not count: what compiles late must not be on the bill of the first round.
    for (const crowd of ['gapless', 'bare'] as const) await side(crowd);
    const rounds: Round[] = [];
    for (let n = 0; n < shape.rounds; n++) {
      const ours = await side('gapless');
      const reference = await side('bare');
      rounds.push({ ours, reference });
      const ratio = (ours.cpuUs / reference.cpuUs).toFixed(2);
      progress(
        `fan-out ${n + 1}/${shape.rounds}: ${ours.cpuUs.toFixed(2)} µs, bare ${reference.cpuUs.toFixed(2)} µs a delivery: ${ratio}`,
      );
    }
    return rowOf(shape, population.rooms.length, rounds);
  } finally {
    await ends.endAll();
  }
}

const loadOf = ({ perSecond, warmUpMs, measureMs }: FanOutShape, acknowledges: boolean): OpenLoad => ({
  kind: 'open',
  ...{ perSecond, warmUpMs, measureMs, drainMs, acknowledges },
});

type Spent = ReturnType<ReturnType<typeof createCpuWatch<'edges' | 'nats' | 'others' | 'bare' | 'bench'>>['spent']>;

function sampleOf(report: LoadReport, spent: Spent, counted: readonly ('edges' | 'nats' | 'bare')[]): Sample {
  const { deliveries, seconds } = report.measured;
  const cpuMs = counted.reduce((total, name) => total + spent.ms[name], 0);
  return {
    perSecond: deliveries / seconds,
    cpuUs: (cpuMs * 1e3) / deliveries,
    p50: report.latency.p50,
    p99: report.latency.p99,
    foreignCores: spent.foreignMs / 1e3 / spent.seconds,
    details: { ...report, cpuMs: spent.ms },
    ...judge(report),
  };
}

function rowOf({ clients, perSecond }: FanOutShape, rooms: number, rounds: readonly Round[]): Row {
  return {
    title: 'fan-out: CPU of edges + NATS a delivery, against a bare uWebSockets.js publish',
    shape: `${clients} clients, ${rooms} rooms of ${clients / rooms}, ${perSecond} sends/s, 100-byte texts; 2 edges against 1 process`,
    names: { ours: 'Gapless', reference: 'bare uWS' },
    compared: 'cpuUs',
    target: { atMost: 1.5 },
    rounds,
  };
}
