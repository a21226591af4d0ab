import { isAtRest } from '../at-rest.ts';
import { cpuMsOfAll } from '../cpu.ts';
import { createCpuWatch } from '../cpu-watch.ts';
import { judge } from '../generator-limit.ts';
import type { Generator } from '../load/generator.ts';
import type { ClosedLoad, LoadReport, OpenLoad } from '../load/orders.ts';
import type { Sample } from '../row.ts';
import type { Stack } from '../stack.ts';
import { type SeatCount, seatsOn } from './seats.ts';

/** A stack with clients on it, and what loads them. Each sample ends when the stack is at rest again. */
export interface LoadedStack {
  readonly name: string;
  /** So many sends a second to rooms that listen; counted by delivery. */
  fanOut(load: FanOutLoad): Promise<LoadSample>;
  /** As many sends as are answered; counted by acknowledgement. */
  ingest(load: IngestLoad): Promise<LoadSample>;
  close(): void;
}

export type FanOutLoad = Pick<OpenLoad, 'perSecond' | 'warmUpMs' | 'measureMs'>;
/** Without rooms of its own it is for all of the population's. */
export type IngestLoad = Pick<ClosedLoad, 'window' | 'roomsEach' | 'warmUpMs' | 'measureMs'> &
  Partial<Pick<ClosedLoad, 'rooms'>>;

export interface LoadSample extends Sample {
  readonly report: LoadReport;
}

const drainMs = 5_000;
/** Two looks are longer than the pauses in which search lets a writer go first: it works on behind them. */
const rest = { lookMs: 1_100, share: 0.15, longestMs: 30_000 };

/** Several on one generator are loaded in turns. */
export async function connectTo(stack: Stack, generator: Generator, count: SeatCount): Promise<LoadedStack> {
  const { name, population, acknowledges } = stack;
  const crowd = `${name}, ${count.hearing ? 'hearing' : 'sending'}`;
  const connect = () => generator.connect(crowd, seatsOn(stack, count));
  const renew = async (): Promise<void> => {
    generator.disconnect(crowd);
    await atRest(stack);
    await connect();
  };
  await connect();
  const sample = async (load: OpenLoad | ClosedLoad): Promise<LoadSample> => {
    const { servers, brokers, others } = stack.pids;
    const watch = createCpuWatch({
      counted: [...servers, ...brokers],
      others,
      bench: [...generator.pids, process.pid],
    });
    const report = await generator.run(crowd, load, watch);
    const rested = await atRest(stack);
    const verdict = judge(report);
    // Who lost something or was hung up on would lack it the next time too.
    if (verdict.fault !== undefined || Object.keys(report.troubles).length > 0) await renew();
    const { deliveries, acknowledged, seconds } = report.measured;
    const messages = load.kind === 'open' ? deliveries : acknowledged;
    const spent = watch.spent();
    return {
      perSecond: messages / seconds,
      cpuUs: (spent.ms.counted * 1e3) / messages,
      latency: report.latency,
      foreignCores: spent.foreignMs / 1e3 / spent.seconds,
      ...(rested ? {} : { discarded: `was still at work ${rest.longestMs / 1e3} s later` }),
      ...verdict,
      report,
    };
  };
  return {
    name,
    fanOut: (load) => sample({ kind: 'open', ...load, drainMs, acknowledges }),
    ingest: (load) => sample({ kind: 'closed', rooms: population.rooms, ...load, drainMs }),
    close: () => generator.disconnect(crowd),
  };
}

/** What was stored is worked off behind the last delivery: who is measured next must not pay for it. */
const atRest = ({ pids }: Stack): Promise<boolean> =>
  isAtRest(() => cpuMsOfAll([...pids.servers, ...pids.brokers, ...pids.others]), rest);
