import { sparseFanOut } from './p01-sparse-fan-out.ts';
import { denseFanOut } from './p02-dense-fan-out.ts';
import { durableIngest } from './p03-durable-ingest.ts';
import { latency } from './p04-latency.ts';
import { idleMemory } from './p05-idle-memory.ts';
import { logWorker } from './p06-log-worker.ts';
import { killAnEdge } from './p07-kill-an-edge.ts';
import { reconnectStorm } from './p08-reconnect-storm.ts';
import { rest } from './p09-rest.ts';
import { growth } from './p10-growth.ts';
import { coldRooms } from './p11-cold-rooms.ts';
import { overloaded } from './p12-overload.ts';
import type { BenchRow } from './row.ts';
import { scaling } from './scaling.ts';

/** The table of targets, in its order. */
export const allRows: readonly BenchRow[] = [
  ...[sparseFanOut, denseFanOut, durableIngest, latency, idleMemory, logWorker],
  ...[killAnEdge, reconnectStorm, rest, growth, coldRooms, overloaded],
];

/** What `make bench-quick` has time for. */
export const quickRows: readonly BenchRow[] = [sparseFanOut, durableIngest];

/** Everything that a process can be told to measure. */
export const everyRow: readonly BenchRow[] = [...allRows, scaling];
