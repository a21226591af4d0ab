import type { LocalService } from '@gapless/shared/local';
import { type Fleet, type FleetReport, openFleet } from '../fleet/fleet.ts';
import type { Gapless } from './gapless.ts';

export interface RollingShape {
  readonly members: number;
  readonly roomsEach: number;
  readonly perSecond: number;
  /** Traffic before the first, between two, and behind the last. */
  readonly quietMs: number;
}

/** How an edge goes away: told to, or not. */
export type Departure = 'restart' | 'kill -9';

const settleMs = 30_000;

/** Every edge in turn, each in its manner, goes away and comes back while messages flow; nothing may be lost or come twice. */
export async function rollingRestart(
  { system, urls, population }: Gapless,
  { members, roomsEach, perSecond, quietMs }: RollingShape,
  departures: readonly Departure[],
  progress: (line: string) => void,
): Promise<FleetReport> {
  const fleet: Fleet = await openFleet(urls, population, { members, roomsEach });
  try {
    const sending = fleet.send(perSecond);
    await quiet(quietMs);
    for (const [n, edge] of system.edges.entries()) {
      const departure = departures[n % departures.length] as Departure;
      const began = performance.now();
      await goAndComeBack(edge, departure);
      progress(`${departure} of ${edge.name}: back in ${Math.round(performance.now() - began)} ms`);
      await quiet(quietMs);
    }
    sending.stop();
    return await fleet.settle(settleMs);
  } finally {
    fleet.close();
  }
}

async function goAndComeBack(edge: LocalService, departure: Departure): Promise<void> {
  if (departure === 'restart') await edge.stop();
  else await edge.kill9();
  await edge.start();
}

const quiet = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
