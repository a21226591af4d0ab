import { createCpuWatch } from '../cpu-watch.ts';
import { createEnds } from '../ends.ts';
import { judge } from '../generator-limit.ts';
import { startGenerator } from '../load/generator.ts';
import type { Gapless } from './gapless.ts';
import { seatsFor } from './seats.ts';

export interface EdgeIngestShape {
  readonly clients: number;
  readonly window: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface EdgeIngest {
  readonly perSecond: number;
  /** CPU microseconds an acknowledged send. */
  readonly cpuUs: { readonly edges: number; readonly nats: number; readonly others: number };
  readonly p50: number;
  readonly p99: number;
  readonly generatorShare: number;
  readonly discarded?: string;
  readonly fault?: string;
}

/** For information: acknowledged sends over sockets through whole edges, with api, worker and MongoDB on the machine. */
export async function edgeIngest({ population, urls, pids }: Gapless, shape: EdgeIngestShape): Promise<EdgeIngest> {
  const ends = createEnds();
  try {
    const generator = startGenerator();
    ends.teardown(generator.close);
    const { clients, window, warmUpMs, measureMs } = shape;
    await generator.connect('senders', seatsFor(urls, population, { clients, hearing: false }));
    const watch = createCpuWatch(pids);
    const { rooms } = population;
    const load = { kind: 'closed', window, rooms, warmUpMs, measureMs, drainMs: 10_000 } as const;
    const report = await generator.run('senders', load, watch);
    const { acknowledged, seconds, generatorShare } = report.measured;
    const { edges, nats, others } = watch.spent().ms;
    const each = (ms: number) => (ms * 1e3) / acknowledged;
    return {
      perSecond: acknowledged / seconds,
      cpuUs: { edges: each(edges), nats: each(nats), others: each(others) },
      p50: report.latency.p50,
      p99: report.latency.p99,
      generatorShare,
      ...judge(report),
    };
  } finally {
    await ends.endAll();
  }
}
