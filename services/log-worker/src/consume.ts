import { bucketOf, type LoggedEvent, type LogStreams } from '@gapless/shared/bus';
import type { Settings } from '@gapless/shared/config';
import { Failure } from '@gapless/shared/errors';
import { type Logger, retryUntil } from '@gapless/shared/runtime';
import type { WriteEvents, Written } from './event-writer.ts';
import type { Lane } from './lane.ts';
import { createLanes, type Lanes } from './lanes.ts';
import type { StreamLease } from './stream-lease.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

/**
 * Brings a stream's events from `from` on into MongoDB, the lanes of its rooms side by side and each in order, and moves the
 * watermark behind what is written without a hole. Ends when `signal` aborts or the event `upTo` is in. While MongoDB is away
 * it tries the same batches again and skips nothing. Rejects with `Deposed`, `SetBack`, `NumberReused`, or the log's
 * `Failure`.
 */
export type Consume = (
  lease: Pick<StreamLease, 'stream' | 'advance'>,
  range: { from: number; upTo?: number },
  signal: AbortSignal,
) => Promise<void>;

export interface ConsumeDeps {
  readonly streams: Pick<LogStreams, 'follow'>;
  /** Whatever has to be there before the first write. */
  readonly prepare: () => Promise<void>;
  readonly write: WriteEvents;
  readonly settings: Settings<'batchEvents' | 'batchWaitMs' | 'writeLanes'>;
  readonly persisted: (stream: string, seq: number) => void;
  readonly metrics: WorkerMetrics;
  readonly logger: Logger;
}

const pace = { firstMs: 100, maxMs: 5_000 };
/** After so many a change without its message is set aside, so that it blocks nobody. */
const orphanRetries = 5;
/** Of one stream, read and not written: what the lanes write, and as much again that waits for them. */
const heldBatches = 2;
const heldBytes = 32 * 1024 * 1024;

export function createConsume(deps: ConsumeDeps): Consume {
  const { streams, prepare, settings, metrics } = deps;
  const { batchEvents, batchWaitMs, writeLanes } = settings;
  const maxEvents = heldBatches * writeLanes * batchEvents;
  const shape = { lanes: writeLanes, batchEvents, batchWaitMs, maxEvents, maxBytes: heldBytes };

  return async (lease, { from, upTo = Number.POSITIVE_INFINITY }, stopped) => {
    if (stopped.aborted) return;
    await prepare();
    const following = await streams.follow(lease.stream, { from });
    const failed = new AbortController();
    const signal = AbortSignal.any([stopped, failed.signal]);
    const lanes = createLanes<LoggedEvent>(from, shape, ({ room }) => bucketOf(room));
    const stop = () => {
      following.stop();
      lanes.end();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    metrics.holding(lease.stream, lanes.held);
    const run: Run = { lease, lanes, signal };
    try {
      const writing = lanes.all.map((lane) => writeLane(deps, run, lane));
      await allOrNone(failed, [read(lanes, following, upTo), ...writing, moveWatermark(deps, run, from)]);
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
      metrics.holding(lease.stream, () => 0);
    }
  };
}

interface Run {
  readonly lease: Pick<StreamLease, 'stream' | 'advance'>;
  readonly lanes: Lanes<LoggedEvent>;
  readonly signal: AbortSignal;
}

async function read(lanes: Lanes<LoggedEvent>, following: AsyncIterable<LoggedEvent>, upTo: number): Promise<void> {
  for await (const event of following) {
    await lanes.put(event);
    if (event.seq >= upTo) break;
  }
  lanes.end();
}

/** A batch is tried until it is in: what comes after it in its lane waits. */
async function writeLane(deps: ConsumeDeps, { lease, lanes, signal }: Run, lane: Lane<LoggedEvent>): Promise<void> {
  for (let batch = await lane.next(); batch !== undefined && !signal.aborted; batch = await lane.next()) {
    const written = await writeSurely(deps, lease.stream, batch, signal);
    if (written === undefined) return;
    lanes.written(lane, batch);
  }
}

async function writeSurely(
  { write, metrics, logger }: ConsumeDeps,
  stream: string,
  batch: readonly LoggedEvent[],
  signal: AbortSignal,
): Promise<Written | undefined> {
  const startedAt = performance.now();
  let patience = orphanRetries;
  const failed = (error: unknown, attempt: number): void => {
    if (!(error instanceof Failure)) throw error;
    logger.warn({ err: error, stream, from: batch[0]?.seq, attempt }, 'batch not written yet');
  };
  const written = await retryUntil(() => write(stream, batch, { patient: patience-- > 0 }), {
    ...pace,
    signal,
    failed,
  });
  if (written === undefined) return undefined;
  metrics.wrote(written, (performance.now() - startedAt) / 1_000);
  for (const { event, reason } of written.letters) {
    logger.error({ stream, seq: event.seq, room: event.room, reason }, 'dead letter');
  }
  return written;
}

/** One move at a time, over all that was written since the last one. */
async function moveWatermark({ persisted, logger }: ConsumeDeps, run: Run, from: number): Promise<void> {
  const { lease, lanes, signal } = run;
  const { stream } = lease;
  const failed = (error: unknown, attempt: number): void => {
    if (!(error instanceof Failure)) throw error;
    if (attempt === 0) logger.warn({ err: error, stream }, 'watermark not moved yet');
  };
  for (let mark = from - 1; !signal.aborted; ) {
    const to = lanes.writtenUpTo();
    if (to > mark) {
      await retryUntil(() => lease.advance(to), { ...pace, signal, failed });
      if (signal.aborted) return;
      persisted(stream, to);
      mark = to;
    } else if (lanes.drained()) return;
    else await lanes.changed();
  }
}

/** Resolves when all have; the first one that fails ends the others, and is what it rejects with. */
async function allOrNone(failed: AbortController, works: readonly Promise<void>[]): Promise<void> {
  let first: { readonly error: unknown } | undefined;
  await Promise.all(
    works.map((work) =>
      work.catch((error: unknown) => {
        first ??= { error };
        failed.abort();
      }),
    ),
  );
  if (first !== undefined) throw first.error;
}
