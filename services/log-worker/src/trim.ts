import type { LogStreams } from '@gapless/shared/bus';
import type { Settings } from '@gapless/shared/config';
import { Failure } from '@gapless/shared/errors';
import { backoffMs, type Clock, type Logger, sleep } from '@gapless/shared/runtime';
import type { StreamLease, StreamLeases } from './stream-lease.ts';

/** Drops from the log what MongoDB holds and is old, or more when the log fills up; until `signal` aborts. */
export type Trim = (lease: StreamLease, signal: AbortSignal) => Promise<void>;

export interface TrimDeps {
  readonly streams: Pick<LogStreams, 'state' | 'lastBefore' | 'trim'>;
  readonly leases: Pick<StreamLeases, 'record'>;
  readonly settings: Settings<'trimAgeMs' | 'trimIntervalMs'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createTrim(deps: TrimDeps): Trim {
  const { streams, settings, logger } = deps;
  const { trimIntervalMs } = settings;
  return async ({ stream }, signal) => {
    while (!signal.aborted) {
      await sleep(backoffMs(0, { firstMs: trimIntervalMs, maxMs: trimIntervalMs }), signal);
      if (signal.aborted) return;
      try {
        const upTo = await trimPoint(deps, stream);
        if (upTo === 0) continue;
        await streams.trim(stream, upTo);
        logger.info({ stream, upTo }, 'log trimmed');
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        logger.warn({ err: error, stream }, 'log not trimmed now');
      }
    }
  };
}

/** Up to where the stream may be trimmed now, 0 for nothing; never above the watermark. */
export async function trimPoint(deps: Omit<TrimDeps, 'logger'>, stream: string): Promise<number> {
  const { streams, leases, settings, clock } = deps;
  const { seq: watermark, created } = await leases.record(stream);
  const state = await streams.state(stream);
  // What MongoDB knows is about another stream: nothing of this one counts as persisted.
  if (state === undefined || state.created !== created) return 0;
  const old = await streams.lastBefore(stream, new Date(clock.now() - settings.trimAgeMs));
  const upTo = Math.min(watermark, Math.max(old, pressurePoint(state)));
  return upTo >= state.first ? upTo : 0;
}

/** Past half of its bytes the stream gives up enough of its oldest events to come down to a quarter. */
function pressurePoint(state: { first: number; last: number; bytes: number; maxBytes: number }): number {
  if (state.bytes <= state.maxBytes / 2) return 0;
  const surplus = 1 - state.maxBytes / 4 / state.bytes;
  return state.first + Math.floor((state.last - state.first + 1) * surplus) - 1;
}
