import { sparseFanOut } from './p01-sparse-fan-out.ts';
import { denseFanOut } from './p02-dense-fan-out.ts';
import { durableIngest } from './p03-durable-ingest.ts';
import { latency } from './p04-latency.ts';
import type { BenchRow } from './row.ts';

/** The table of targets, in its order. */
export const allRows: readonly BenchRow[] = [sparseFanOut, denseFanOut, durableIngest, latency];

/** What `make bench-quick` has time for. */
export const quickRows: readonly BenchRow[] = [sparseFanOut, durableIngest];
