import { startNats } from '@gapless/shared/testing';
import { createCpuWatch } from '../cpu-watch.ts';
import type { Ends } from '../ends.ts';
import type { Side } from '../rounds.ts';
import type { Sample } from '../row.ts';
import { type Publisher, startPublisher } from './publisher.ts';
import type { PublisherSetup, RoundOrder } from './publisher-process.ts';

export type IngestShape = RoundOrder & Omit<PublisherSetup, 'url'>;

/**
 * Acknowledged appends without an edge: the multiplexer of the bus, and a raw pipelined publish, into one stream of a NATS of
 * their own. Nobody reads the stream, so that nothing else is measured.
 */
export async function publisherSides(ends: Pick<Ends, 'teardown'>, shape: IngestShape): Promise<Side[]> {
  const nats = await startNats(ends);
  const setup = { ...shape, url: nats.url };
  // The first one makes the stream.
  const multiplexer = await startPublisher('multiplexer', setup);
  ends.teardown(multiplexer.close);
  const raw = await startPublisher('raw', setup);
  ends.teardown(raw.close);
  return [
    { name: 'multiplexer', sample: () => sample(multiplexer, nats.pid(), shape) },
    { name: 'raw publish', sample: () => sample(raw, nats.pid(), shape) },
  ];
}

async function sample(publisher: Publisher, natsPid: number, order: RoundOrder): Promise<Sample> {
  const watch = createCpuWatch({ client: [publisher.pid], nats: [natsPid], bench: [process.pid] });
  const { acknowledged, refused, seconds: measured, latency } = await publisher.run(order, watch);
  const { ms, foreignMs, seconds } = watch.spent();
  const perSecond = acknowledged / measured;
  return {
    perSecond,
    cpuUs: ((ms.client + ms.nats) * 1e3) / (perSecond * seconds),
    latency,
    foreignCores: foreignMs / 1e3 / seconds,
    ...(refused === 0 ? {} : { fault: `${refused} refused` }),
  };
}
