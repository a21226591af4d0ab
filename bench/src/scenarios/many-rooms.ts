import type { RoomId } from '@gapless/shared/schema';
import { createCpuWatch } from '../cpu-watch.ts';
import { openMembers } from '../fleet/fleet.ts';
import { fleetFault } from '../fleet/print.ts';
import { Latencies } from '../load/latency.ts';
import type { Gapless } from './gapless.ts';
import { grant, newRooms } from './granted-people.ts';

export interface ManyRoomsShape {
  readonly rooms: number;
  /** Who hears each room. */
  readonly hearers: number;
  readonly mostMembers: number;
  readonly perSecond: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface Cost {
  /** CPU of edges and NATS for each delivery, microseconds. */
  readonly cpuUs: number;
  /** From send to delivery, ms. */
  readonly p99: number;
  /** What was lost, doubled or left out. */
  readonly fault?: string;
}

const settleMs = 10_000;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What a delivery costs when so many rooms take turns and each has as many hearers. */
export async function costWithRooms({ system, urls, pids }: Gapless, shape: ManyRoomsShape): Promise<Cost> {
  const rooms = newRooms(shape.rooms);
  const count = Math.min(shape.mostMembers, shape.rooms * shape.hearers);
  const roomsEach = Math.ceil((shape.rooms * shape.hearers) / count);
  const mine = (n: number): RoomId[] =>
    Array.from({ length: roomsEach }, (_, k) => rooms[(n * roomsEach + k) % shape.rooms] as RoomId);
  const people = await grant(
    system,
    Array.from({ length: count }, (_, n) => mine(n)),
  );
  const fleet = await openMembers(
    people.map(({ token, rooms: own }, n) => ({
      urls: [...urls.slice(n % urls.length), ...urls.slice(0, n % urls.length)],
      ...{ localAddress: `127.0.0.${2 + (n % 8)}`, token, rooms: own },
    })),
  );
  try {
    const sending = fleet.send(shape.perSecond);
    await sleep(shape.warmUpMs);
    const watch = createCpuWatch({ counted: [...pids.edges, ...pids.nats] });
    fleet.tally.deliveries = new Latencies();
    watch.begun();
    await sleep(shape.measureMs);
    watch.ended();
    const { count, p99 } = fleet.tally.deliveries.summary();
    sending.stop();
    const fault = fleetFault(await fleet.settle(settleMs));
    return { cpuUs: (watch.spent().ms.counted * 1e3) / count, p99, ...(fault === undefined ? {} : { fault }) };
  } finally {
    fleet.close();
  }
}
