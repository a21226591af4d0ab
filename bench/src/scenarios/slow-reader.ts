import { sleep } from '@gapless/shared/runtime';
import { type Fleet, openFleet } from '../fleet/fleet.ts';
import { FleetTally } from '../fleet/fleet-tally.ts';
import { Member } from '../fleet/member.ts';
import { Latencies, type LatencySummary } from '../load/latency.ts';
import type { Gapless } from './gapless.ts';

export interface SlowReaderShape {
  readonly members: number;
  readonly perSecond: number;
  readonly measureMs: number;
}

export interface SlowReaderRound {
  /** Of the neighbours. */
  readonly without: LatencySummary;
  readonly beside: LatencySummary;
  /** Most that waited in the edge for it. */
  readonly bufferedBytes: number;
  /** Messages that it had not when it had read all again. */
  readonly lacks: number;
  /** Whether it came to its end on the connection on which it stalled. */
  readonly stayed: boolean;
}

/** Texts that fill what the kernel holds for one socket. */
const filler = 'x'.repeat(800);
const fillers = 20;
const deadlineMs = 60_000;

/** The same traffic for the same neighbours, without and beside one in their rooms who has stopped reading. */
export async function slowReaderRound(gapless: Gapless, shape: SlowReaderShape): Promise<SlowReaderRound> {
  const { urls, population } = gapless;
  const fleet = await openFleet(urls, population, { members: shape.members, roomsEach: 1 });
  const tally = new FleetTally();
  const seat = { urls, localAddress: '127.0.0.9', token: population.tokens[0] as string, rooms: population.rooms };
  const slow = new Member(seat, tally);
  try {
    await slow.connect();
    slow.pause();
    await fillKernel(gapless, fleet);
    const beside = await measure(fleet, shape, () => bufferedBytes(gapless));
    slow.resume();
    await until(() => lacks(fleet, slow) === 0 && fleet.members.every(({ unacknowledged }) => unacknowledged === 0));
    const stayed = Object.keys(tally.departures).length === 0 && tally.faults.doubled + tally.faults.lost === 0;
    const lacking = lacks(fleet, slow);
    slow.cut();
    const without = await measure(fleet, shape, async () => 0);
    const { latency } = without;
    return { without: latency, beside: beside.latency, bufferedBytes: beside.most, lacks: lacking, stayed };
  } finally {
    slow.cut();
    fleet.close();
  }
}

/** Until the edge holds events back. */
async function fillKernel(gapless: Gapless, fleet: Fleet): Promise<void> {
  await until(async () => {
    for (let n = 0; n < fillers; n++) {
      const member = fleet.members[n % fleet.members.length] as Member;
      member.send(member.seat.rooms[0] as string, filler);
    }
    return (await metric(gapless, 'gapless_edge_buffered_bytes')) > 256 * 1024;
  });
  await sleep(1_000);
}

async function measure(fleet: Fleet, { perSecond, measureMs }: SlowReaderShape, look: () => Promise<number>) {
  const sending = fleet.send(perSecond);
  await sleep(1_000);
  fleet.tally.deliveries = new Latencies();
  let most = 0;
  for (const end = Date.now() + measureMs; Date.now() < end; await sleep(100)) most = Math.max(most, await look());
  sending.stop();
  return { latency: fleet.tally.deliveries.summary(), most };
}

const bufferedBytes = (gapless: Gapless) => metric(gapless, 'gapless_edge_buffered_bytes');

async function metric({ system }: Gapless, name: string): Promise<number> {
  const response = await fetch(`${system.edges[0]?.adminUrl}/metrics`, { signal: AbortSignal.timeout(10_000) });
  const line = (await response.text()).split('\n').find((one) => one.startsWith(`${name}{`));
  return Number(line?.split(' ').at(-1) ?? 0);
}

function lacks({ tally }: Fleet, { received }: Member): number {
  let lack = 0;
  for (const [room, seqs] of tally.stored) {
    const got = new Set(received.get(room));
    for (const seq of seqs) if (!got.has(seq)) lack++;
  }
  return lack;
}

async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + deadlineMs; !(await check()) && Date.now() < end; ) await sleep(20);
}
