import { startNats } from '@gapless/shared/testing';
import { createCpuWatch } from '../cpu-watch.ts';
import { createEnds } from '../ends.ts';
import type { Round, Row, Sample } from '../row.ts';
import { type Publisher, startPublisher } from './publisher.ts';
import type { RoundOrder } from './publisher-process.ts';

export interface IngestShape extends RoundOrder {
  readonly rounds: number;
  readonly window: number;
  readonly rooms: number;
  readonly users: number;
}

/**
 * Acknowledged appends: the multiplexer of the bus against a raw pipelined publish, in turns into one stream of a NATS of
 * their own. Nobody reads the stream, so that nothing else is measured.
 */
export async function ingest(shape: IngestShape, progress: (line: string) => void): Promise<Row> {
  const ends = createEnds();
  try {
    const nats = await startNats(ends);
    const setup = { ...shape, url: nats.url };
    // The first one makes the stream.
    const multiplexer = await startPublisher('multiplexer', setup);
    ends.teardown(multiplexer.close);
    const raw = await startPublisher('raw', setup);
    ends.teardown(raw.close);
    const rounds: Round[] = [];
    for (let n = 0; n < shape.rounds; n++) {
      const ours = await sample(multiplexer, nats.pid(), shape);
      const reference = await sample(raw, nats.pid(), shape);
      rounds.push({ ours, reference });
      const ratio = (ours.perSecond / reference.perSecond).toFixed(2);
      progress(
        `durable ingest ${n + 1}/${shape.rounds}: ${Math.round(ours.perSecond)} /s, raw ${Math.round(reference.perSecond)} /s: ${ratio}`,
      );
    }
    return {
      title: 'durable ingest: acknowledged appends/s, multiplexer against raw pipelined publish',
      shape: `${shape.window} in flight, ${shape.rooms} rooms × ${shape.users} senders, one stream with RePublish and duplicate window on file; CPU is client + NATS`,
      names: { ours: 'multiplexer', reference: 'raw publish' },
      compared: 'perSecond',
      target: { atLeast: 0.6 },
      rounds,
    };
  } finally {
    await ends.endAll();
  }
}

async function sample(publisher: Publisher, natsPid: number, order: RoundOrder): Promise<Sample> {
  const watch = createCpuWatch({ client: [publisher.pid], nats: [natsPid], bench: [process.pid] });
  const report = await publisher.run(order, watch);
  const { ms, foreignMs, seconds } = watch.spent();
  const perSecond = report.acknowledged / report.seconds;
  const usEach = (cpuMs: number) => (cpuMs * 1e3) / (perSecond * seconds);
  const cpuUsEach = { client: usEach(ms.client), nats: usEach(ms.nats) };
  return {
    perSecond,
    cpuUs: cpuUsEach.client + cpuUsEach.nats,
    p50: report.latency.p50,
    p99: report.latency.p99,
    foreignCores: foreignMs / 1e3 / seconds,
    details: { ...report, cpuUsEach },
    ...(report.refused === 0 ? {} : { fault: `${report.refused} refused` }),
  };
}
