import { type Bus, higher, type LoggedReceipts, readableReceipts, type StreamState } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { backoffMs, type Clock, type Logger, retryUntil, sleep } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';
import type { Lane } from './lane.ts';
import { createLanes, type Lanes } from './lanes.ts';
import type { Applied, DatedMark, MarkStore } from './mark-store.ts';
import { Deposed, type StreamLease, type StreamLeases } from './stream-lease.ts';

/** Brings the stream of receipts into MongoDB. One worker does; two at once would do no harm. */
export interface ReceiptsWriter {
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Batches that are not in MongoDB, as last looked at; 0 while another worker writes them. */
  unwritten(): number;
}

export interface ReceiptsWriterDeps {
  readonly bus: Pick<Bus, 'receipts' | 'interruptions'>;
  readonly leases: Pick<StreamLeases, 'take'>;
  readonly marks: MarkStore;
  /** Marks of these rooms are in. */
  readonly raised: (rooms: Iterable<RoomId>) => void;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears how many marks were brought into MongoDB. */
  readonly written?: (marks: number) => void;
  /** Time between two looks whether the stream is still the same. */
  readonly lookMs?: number;
}

const leaseName = 'RCPT';
const pace = { firstMs: 100, maxMs: 5_000 };
/** Any order will do: one lane. */
const shape = { lanes: 1, batchEvents: 200, batchWaitMs: 10, maxEvents: 400, maxBytes: 16 * 1024 * 1024 };
/**
 * Read again at each beginning, since reading twice is free: a store that was set back may have given its last numbers a
 * second time before anybody looked.
 */
const overlapMs = 60_000;

export function createReceiptsWriter(deps: ReceiptsWriterDeps): ReceiptsWriter {
  const { bus, leases, marks, raised, leaseMs, clock, logger, written, lookMs = 5_000 } = deps;
  const { receipts } = bus;
  let unwritten = 0;

  async function run(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; ) {
      try {
        const lease = await leases.take(leaseName);
        attempt = 0;
        if (lease === undefined) await sleep(backoffMs(0, { firstMs: leaseMs / 3, maxMs: leaseMs / 3 }), signal);
        else await hold(lease, signal);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        await sleep(backoffMs(attempt++, pace), signal);
      }
    }
  }

  async function hold(lease: StreamLease, stopped: AbortSignal): Promise<void> {
    const lost = new AbortController();
    const signal = AbortSignal.any([stopped, lost.signal]);
    const renewal = setInterval(() => void renew(lease, lost), leaseMs / 3);
    try {
      for (let attempt = 0; !signal.aborted; ) {
        try {
          await writeStretch(signal);
          attempt = 0;
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          if (attempt === 0) logger.warn({ err: error }, 'receipts not written now');
          await sleep(backoffMs(attempt++, pace), signal);
        }
      }
    } finally {
      unwritten = 0;
      clearInterval(renewal);
      await lease.release().catch((error: unknown) => logger.info({ err: error }, 'lease of receipts not released'));
    }
  }

  async function renew(lease: StreamLease, lost: AbortController): Promise<void> {
    try {
      await lease.renew(0);
    } catch (error) {
      if (error instanceof Deposed) lost.abort();
      else if (!(error instanceof Failure)) throw error;
    }
  }

  /** As long as the stream is the same: a reconnect may lead to another one. */
  async function writeStretch(signal: AbortSignal): Promise<void> {
    const stretch = new AbortController();
    const interruption = bus.interruptions(() => stretch.abort());
    const until = AbortSignal.any([signal, stretch.signal]);
    try {
      await receipts.ensure();
      const state = await receipts.state();
      if (state === undefined) throw new Failure('log_unavailable', { detail: 'no stream of receipts' });
      const from = await firstOf(state);
      const done = { created: state.created, seq: from - 1 };
      const looking = setInterval(() => void look(done, stretch), lookMs);
      try {
        await write(done, until);
      } finally {
        clearInterval(looking);
      }
    } finally {
      interruption.stop();
    }
  }

  /** What MongoDB knows is the truth, if it is about this stream and not ahead of it. */
  async function firstOf(state: StreamState): Promise<number> {
    const first = Math.max(1, state.first);
    const applied = await marks.applied();
    if (applied === undefined || applied.created !== state.created || applied.seq > state.last) return first;
    const old = await receipts.lastBefore(new Date(clock.now() - overlapMs));
    return Math.max(first, Math.min(applied.seq, old) + 1);
  }

  async function look(done: Applied, stretch: AbortController): Promise<void> {
    try {
      const state = await receipts.state();
      unwritten = Math.max(0, (state?.last ?? 0) - done.seq);
      if (state?.created !== done.created || state.last < done.seq) stretch.abort();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }

  async function write(done: { created: string; seq: number }, signal: AbortSignal): Promise<void> {
    const following = receipts.follow(done.seq + 1);
    const lanes = createLanes<LoggedReceipts>(done.seq + 1, shape, () => 0);
    const stop = () => {
      following.stop();
      lanes.end();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const reading = read(lanes, following).finally(stop);
    try {
      await Promise.all(lanes.all.map((lane) => writeLane(lanes, lane, done, signal)));
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
      await reading;
    }
  }

  async function read(lanes: Lanes<LoggedReceipts>, following: AsyncIterable<LoggedReceipts>): Promise<void> {
    for await (const batch of following) await lanes.put(batch);
  }

  async function writeLane(
    lanes: Lanes<LoggedReceipts>,
    lane: Lane<LoggedReceipts>,
    done: { created: string; seq: number },
    signal: AbortSignal,
  ): Promise<void> {
    for (let batch = await lane.next(); batch !== undefined && !signal.aborted; batch = await lane.next()) {
      const seq = batch.at(-1)?.seq ?? done.seq;
      await writeSurely(newestOf(batch), { created: done.created, seq }, signal);
      lanes.written(lane, batch);
      done.seq = seq;
    }
  }

  async function writeSurely(newest: readonly DatedMark[], applied: Applied, signal: AbortSignal): Promise<void> {
    const failed = (error: unknown, attempt: number): void => {
      if (!(error instanceof Failure)) throw error;
      if (attempt === 0) logger.warn({ err: error }, 'receipts not written yet');
    };
    const raise = async () => {
      await marks.raise(newest);
      await marks.noteApplied(applied);
      return true;
    };
    if ((await retryUntil(raise, { ...pace, signal, failed })) === undefined) return;
    written?.(newest.length);
    raised(new Set(newest.map(({ room }) => room)));
  }

  /** Of many batches the highest marks of each member and room; what nobody can read is passed over. */
  function newestOf(batches: readonly LoggedReceipts[]): DatedMark[] {
    const newest = new Map<string, DatedMark>();
    for (const { seq, bytes } of batches) {
      const batch = readableReceipts(bytes);
      if (batch === undefined) logger.error({ seq }, 'a batch of receipts that nobody can read');
      for (const mark of batch?.marks ?? []) {
        const key = `${mark.room}:${mark.user}`;
        const before = newest.get(key);
        const at = Math.max(mark.recv === 0 ? 0 : (batch?.at ?? 0), before?.at ?? 0);
        newest.set(key, { ...mark, ...higher(mark, before ?? mark), at });
      }
    }
    return [...newest.values()];
  }

  return { run, unwritten: () => unwritten };
}
