import type { RoomId } from '@gapless/shared/schema';
import { createCpuWatch } from '../cpu-watch.ts';
import { openMembers } from '../fleet/fleet.ts';
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

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** CPU of edges and NATS for each delivery, microseconds, when so many rooms take turns and each has as many hearers. */
export async function costWithRooms({ system, urls, pids }: Gapless, shape: ManyRoomsShape): Promise<number> {
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
    const before = fleet.tally.deliveries.summary().count;
    watch.begun();
    await sleep(shape.measureMs);
    watch.ended();
    const deliveries = fleet.tally.deliveries.summary().count - before;
    sending.stop();
    const { lost, unknown } = await fleet.settle(10_000);
    if (lost + unknown > 0) throw new Error(`${lost} lost, ${unknown} of unknown fate with ${shape.rooms} rooms`);
    return (watch.spent().ms.counted * 1e3) / deliveries;
  } finally {
    fleet.close();
  }
}
