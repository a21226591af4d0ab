import { Failure } from '@gapless/shared/errors';
import { backoffMs, type Logger, sleep } from '@gapless/shared/runtime';
import type { Consume } from './consume.ts';
import { NumberReused } from './message-store.ts';
import type { SearchFollower } from './search-follower.ts';
import type { Drain, StreamGuard } from './stream-guard.ts';
import { Deposed, SetBack, type StreamLease, type StreamLeases } from './stream-lease.ts';
import type { StreamMemory } from './stream-memory.ts';
import type { Trim } from './trim.ts';

/** Writes one stream whenever it gets the lease, and stands by otherwise. */
export interface StreamWriter {
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** The stream may have been set back: secure it before going on. */
  recheck(): void;
  holdsLease(): boolean;
  /** Why the stream is not written until an operator has looked. */
  halted(): string | undefined;
}

export interface StreamWriterDeps {
  readonly stream: string;
  readonly leases: StreamLeases;
  readonly guard: Pick<StreamGuard, 'secure'>;
  readonly consume: Consume;
  readonly trim: Trim;
  readonly search: Pick<SearchFollower, 'follow'>;
  readonly memory: StreamMemory;
  readonly leaseMs: number;
  readonly logger: Logger;
}

const pace = { firstMs: 100, maxMs: 2_000 };

export function createStreamWriter(deps: StreamWriterDeps): StreamWriter {
  const { stream, leases, guard, consume, trim, search, memory, leaseMs, logger } = deps;
  let held: StreamLease | undefined;
  let stretch = new AbortController();
  let haltedBecause: string | undefined;

  async function run(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; ) {
      try {
        const lease = await leases.take(stream);
        attempt = 0;
        if (lease === undefined) await sleep(backoffMs(0, { firstMs: leaseMs / 3, maxMs: leaseMs / 3 }), signal);
        else await hold(lease, signal);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (attempt === 0) logger.warn({ err: error, stream }, 'no lease: cannot ask for one');
        await sleep(backoffMs(attempt++, pace), signal);
      }
    }
  }

  async function hold(lease: StreamLease, stopped: AbortSignal): Promise<void> {
    const lost = new AbortController();
    const signal = AbortSignal.any([stopped, lost.signal]);
    held = lease;
    logger.info({ stream, epoch: lease.epoch }, 'writes the stream from now on');
    const renewal = setInterval(() => void renew(lease, lost), leaseMs / 3);
    const beside = Promise.all([trim(lease, signal), search.follow(lease, signal)]);
    try {
      await write(lease, signal, lost);
    } finally {
      lost.abort();
      clearInterval(renewal);
      await beside;
      held = undefined;
      await lease.release().catch((error: unknown) => logger.info({ err: error, stream }, 'lease not released'));
    }
  }

  /** One stretch after the other, each on a stream that was secured before it. */
  async function write(lease: StreamLease, signal: AbortSignal, lost: AbortController): Promise<void> {
    for (let attempt = 0; !signal.aborted; ) {
      stretch = new AbortController();
      const until = AbortSignal.any([signal, stretch.signal]);
      try {
        await lease.position();
        await guard.secure(lease, drainOf(lease), signal);
        attempt = 0;
        await consume(lease, { from: await next(lease) }, until);
      } catch (error) {
        if (error instanceof Deposed) return standBy(lost);
        if (error instanceof NumberReused) return halt(error, signal);
        if (error instanceof SetBack) startAgain(error);
        else if (error instanceof Failure) logger.warn({ err: error, stream, attempt }, 'stream not written now');
        else throw error;
        await sleep(backoffMs(attempt++, pace), signal);
      }
    }
  }

  const drainOf =
    (lease: StreamLease): Drain =>
    async (upTo, signal) =>
      consume(lease, { from: await next(lease), upTo }, signal);

  const next = async (lease: StreamLease): Promise<number> => (await lease.position()) + 1;

  async function renew(lease: StreamLease, lost: AbortController): Promise<void> {
    try {
      await lease.renew(memory.seen);
    } catch (error) {
      if (error instanceof Deposed) standBy(lost);
      else if (error instanceof SetBack) startAgain(error);
      // It stays the writer until somebody else is: nobody can be while MongoDB is away.
      else logger.warn({ err: error, stream }, 'lease not renewed');
    }
  }

  function standBy(lost: AbortController): void {
    if (lost.signal.aborted) return;
    logger.warn({ stream }, 'another worker writes the stream now: standing by');
    lost.abort();
  }

  /** What the log still has of it is written again. */
  function startAgain(error: SetBack): void {
    logger.error({ err: error, stream }, 'starts again at the watermark of MongoDB');
    stretch.abort();
  }

  /** Keeps the lease: no other worker could do better, and what is in the log stays there. */
  async function halt(error: NumberReused, signal: AbortSignal): Promise<void> {
    haltedBecause = error.message;
    logger.fatal({ err: error, stream }, 'stream halted: nothing of it is written until an operator has looked');
    if (!signal.aborted)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    haltedBecause = undefined;
  }

  return {
    run,
    recheck: () => stretch.abort(),
    holdsLease: () => held !== undefined,
    halted: () => haltedBecause,
  };
}
