import type { LogStreams, StreamState, Vouched } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { DeadlineError, type Logger, sleep, withDeadline } from '@gapless/shared/runtime';
import type { Holes } from './holes.ts';
import type { Installation } from './installation.ts';
import type { StreamLease, StreamLeases } from './stream-lease.ts';
import type { StreamMemory } from './stream-memory.ts';
import { judge, type Verdict } from './verdict.ts';

/**
 * Sees to it that the log never gives a number twice, whatever happened to its store. Nobody appends to a stream for which
 * no worker vouches; a worker vouches only for the stream that MongoDB names, and only the holder of the lease has it named.
 */
export interface StreamGuard {
  /**
   * Makes the stream one that may be appended to: creates it, or skips past every number that may have been given.
   * `drain` brings what it still holds into MongoDB first. Every step may be repeated, by several at once.
   */
  secure(lease: StreamLease, drain: Drain, signal: AbortSignal): Promise<void>;
  /** Rejects with a `Failure` unless the stream is sound. */
  vouch(stream: string): Promise<Vouched>;
  /** Whether that state contradicts what is known: a reason to secure the stream again. */
  isSuspect(stream: string, state: StreamState | undefined, seenBefore: number): boolean;
}

/** Ends when the event `upTo` is in, or `signal` aborts. */
export type Drain = (upTo: number, signal: AbortSignal) => Promise<void>;

export interface StreamGuardDeps {
  readonly streams: Pick<LogStreams, 'names' | 'state' | 'ensure' | 'skipTo'>;
  readonly leases: Pick<StreamLeases, 'record' | 'note'>;
  readonly installation: Installation;
  readonly memoryOf: (stream: string) => StreamMemory;
  /** Hears of events that neither MongoDB nor the log has. */
  readonly missing: Holes['found'];
  /** Writes every access entry anew from MongoDB. */
  readonly rebuildAccess: () => Promise<unknown>;
  readonly logger: Logger;
  /**
   * Between two looks at a stream that was set back. It is believed when two of them show it: a deposed leader may answer once
   * more.
   */
  readonly lookMs?: number;
}

/** Who asks for a voucher waits no longer than a few seconds, and a MongoDB that is away is found out only after some. */
const storePatienceMs = 1_000;

interface Look {
  readonly verdict: Verdict;
  readonly state: StreamState | undefined;
  readonly floor: number;
  readonly watermark: number;
}

export function createStreamGuard(deps: StreamGuardDeps): StreamGuard {
  const { streams, leases, installation, memoryOf, missing, rebuildAccess, logger, lookMs = 500 } = deps;
  let generation: string | undefined;

  /**
   * What was given is read before the stream, or numbers given meanwhile would look like lost ones. What may be appended to
   * is read after it: had it been named meanwhile, events could be in the stream that this look did not see.
   */
  async function look(stream: string): Promise<Look> {
    const memory = memoryOf(stream);
    const { seen } = memory;
    const before = await leases.record(stream);
    const state = await streams.state(stream);
    const after = await leases.record(stream);
    memory.recorded(after);
    const verdict = judge({ ...before, created: after.created }, state, seen);
    // What only this worker saw, the holder has to know.
    if (verdict.kind === 'set_back' && seen > after.high) await leases.note(stream, seen);
    return { verdict, state, floor: Math.max(before.seq, before.high, seen, state?.last ?? 0), watermark: before.seq };
  }

  async function secure(lease: StreamLease, drain: Drain, signal: AbortSignal) {
    const { stream } = lease;
    // Brings settings up to date, and creates what is missing so that its numbers are beyond all that were given.
    const { verdict } = await look(stream);
    await streams.ensure(stream, verdict.first);
    for (let setBacks = 0; !signal.aborted; ) {
      const { verdict, state, watermark } = await look(stream);
      if (state === undefined) throw new Failure('log_unavailable', { detail: `${stream} is not there` });
      if (verdict.kind === 'sound') return lookForHole(lease, state, watermark);
      if (verdict.kind === 'new') return open(lease, state, watermark);
      if (setBacks++ === 0) {
        await sleep(lookMs, signal);
        continue;
      }
      if (verdict.kind !== 'set_back') continue;
      logger.error({ stream, verdict, state, watermark }, 'the log was set back: skipping ahead');
      if (verdict.drainTo <= watermark) return repair(lease, state, verdict.first);
      await drainWhileThere(state, verdict.drainTo, { stream, drain, signal });
      // What is there now may be another one.
      setBacks = 0;
    }
  }

  /** Its store may be exchanged once more meanwhile: what is not there any more would be waited for without end. */
  async function drainWhileThere(
    { created }: StreamState,
    upTo: number,
    { stream, drain, signal }: { stream: string; drain: Drain; signal: AbortSignal },
  ): Promise<void> {
    const ended = new AbortController();
    const draining = drain(upTo, AbortSignal.any([signal, ended.signal])).finally(() => ended.abort());
    const watch = async (): Promise<void> => {
      while (!ended.signal.aborted) {
        await sleep(lookMs, ended.signal);
        if (!(await isThere())) ended.abort();
      }
    };
    const isThere = async (): Promise<boolean> => {
      try {
        const now = await streams.state(stream);
        return now?.created === created && now.last >= upTo;
      } catch (error) {
        if (error instanceof Failure) return true;
        throw error;
      }
    };
    await Promise.all([draining, watch().finally(() => ended.abort())]);
  }

  async function repair(lease: StreamLease, state: StreamState, first: number): Promise<void> {
    await lease.distrust();
    if (state.last + 1 < first) await streams.skipTo(lease.stream, first);
    await open(lease, state, first - 1);
  }

  async function open(lease: StreamLease, state: StreamState, seq: number): Promise<void> {
    await rebuildAccess();
    await lease.trust(state.created, seq);
    memoryOf(lease.stream).recorded({ seq, high: seq, created: state.created });
    logger.info({ stream: lease.stream, created: state.created, seq }, 'stream may be appended to');
  }

  /** Noted before the watermark moves beyond it, and all that tells of it with it. */
  async function lookForHole(lease: StreamLease, { first }: StreamState, watermark: number): Promise<void> {
    const [from, to] = [watermark + 1, first - 1];
    if (from > to) return;
    await lease.noteHole(from, to);
    missing(lease.stream, from, to);
  }

  async function vouch(stream: string): Promise<Vouched> {
    if (!streams.names.includes(stream)) throw new Failure('invalid_request', { detail: 'no such stream' });
    try {
      const { verdict, state, floor } = await withDeadline('asking MongoDB', storePatienceMs, look(stream));
      if (verdict.kind !== 'sound' || state === undefined) throw notSound(stream, verdict.kind);
      generation ??= await installation.generation();
      return { created: state.created, floor, gen: generation };
    } catch (error) {
      if (error instanceof DeadlineError)
        return vouchFromMemory(stream, new Failure('store_unavailable', { cause: error }));
      if (error instanceof Failure && error.kind === 'store_unavailable') return vouchFromMemory(stream, error);
      throw error;
    }
  }

  /** While MongoDB is away: what this worker has seen itself is enough, if it has seen the stream as sound. */
  async function vouchFromMemory(stream: string, cause: Failure): Promise<Vouched> {
    const { created, seen } = memoryOf(stream);
    const state = await streams.state(stream);
    const known = generation !== undefined && created !== '' && seen > 0;
    if (generation === undefined || !known || state === undefined) throw cause;
    if (state.created !== created || state.last < seen) throw notSound(stream, 'set_back');
    return { created, floor: state.last, gen: generation };
  }

  return {
    secure,
    vouch,
    isSuspect(stream, state, seenBefore) {
      const { created } = memoryOf(stream);
      return judge({ seq: 0, high: 0, created }, state, seenBefore).kind !== 'sound';
    },
  };
}

const notSound = (stream: string, kind: Verdict['kind']): Failure =>
  new Failure('log_unavailable', { detail: `${stream} is ${kind}: a worker has to secure it first`, retryMs: 500 });
