import { sumOfFaults } from './chain.ts';
import { Latencies } from './latency.ts';
import type { Seat } from './load-socket.ts';
import type { LoadPart, LoadReport } from './orders.ts';

/** All who hear a room are in one part: what one of them lacks is seen by the others of the room. */
export function partsOf(seats: readonly Seat[], count: number): Seat[][] {
  const groups = seats.map(({ room }, n) => room ?? n);
  const turns = new Map([...new Set(groups)].map((group, turn) => [group, turn]));
  const parts = Array.from({ length: count }, (): Seat[] => []);
  seats.forEach((seat, n) => {
    const turn = turns.get(groups[n] as string | number) as number;
    parts[turn % count]?.push(seat);
  });
  return parts;
}

/** Each process is held to the limit of its own core: the busiest one speaks for all. */
export function wholeOf(parts: readonly LoadPart[]): LoadReport {
  const sum = (of: (part: LoadPart) => number) => parts.reduce((total, part) => total + of(part), 0);
  const most = (of: (part: LoadPart) => number) => Math.max(...parts.map(of));
  return {
    sent: sum(({ sent }) => sent),
    acknowledged: sum(({ acknowledged }) => acknowledged),
    refused: sum(({ refused }) => refused),
    delivered: sum(({ delivered }) => delivered),
    expected: sum(({ expected }) => expected),
    faults: sumOfFaults(parts.map(({ faults }) => faults)),
    troubles: sumOfTroubles(parts),
    measured: {
      seconds: most(({ measured }) => measured.seconds),
      deliveries: sum(({ measured }) => measured.deliveries),
      acknowledged: sum(({ measured }) => measured.acknowledged),
      generatorShare: most(({ measured }) => measured.generatorShare),
    },
    latency: Latencies.of(parts.map(({ latency }) => latency)).summary(),
    lateness: Latencies.of(parts.map(({ lateness }) => lateness)).summary(),
  };
}

function sumOfTroubles(parts: readonly LoadPart[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { troubles } of parts)
    for (const [what, count] of Object.entries(troubles)) sum[what] = (sum[what] ?? 0) + count;
  return sum;
}
