import { Failure } from '../errors/index.ts';
import type { Logger } from '../runtime/index.ts';
import { retryUntil } from '../runtime/index.ts';
import type { Vouch, Vouched } from './bus.ts';

/**
 * Whether a stream may be written to. After each reconnect the store behind it may be another: lost, or restored from a
 * copy, about to give numbers a second time. So a gate opens only when somebody who knows MongoDB vouches for the stream,
 * and closes on every sign that it is not the same any more.
 */
export interface StreamGate {
  isOpen(stream: string): boolean;
  /** Highest number known to be given; an acknowledgement at or below one sent after it is a sign of a set-back. */
  floor(stream: string): number;
  raise(stream: string, seq: number): void;
  /** Closes every gate; `reopen` starts asking again. */
  closeAll(why: string): void;
  close(stream: string, why: string): void;
  reopen(): void;
  /** The stream is said to be of that time: a gate that knows another closes and asks anew. */
  compare(stream: string, created: string): void;
  obstacles(): readonly string[];
  generation(): string | undefined;
  stop(): void;
}

interface State {
  why: string | undefined;
  vouched: Vouched | undefined;
  floor: number;
  asking: boolean;
}

const pace = { firstMs: 50, maxMs: 1_000 };

export function createStreamGate(deps: {
  streams: readonly string[];
  vouch: Vouch;
  logger: Logger;
  opened: () => void;
}): StreamGate {
  const { vouch, logger, opened } = deps;
  const stopped = new AbortController();
  const states = new Map<string, State>();
  for (const stream of deps.streams) {
    states.set(stream, { why: 'not vouched for yet', vouched: undefined, floor: 0, asking: false });
  }
  const stateOf = (stream: string): State => {
    const state = states.get(stream);
    if (state === undefined) throw new TypeError(`no such stream: ${stream}`);
    return state;
  };
  let epoch = 0;
  let generation: string | undefined;
  let paused = true;

  const open = (stream: string, state: State, vouched: Vouched): void => {
    state.why = undefined;
    state.vouched = vouched;
    state.floor = Math.max(state.floor, vouched.floor);
    generation = vouched.gen;
    logger.info({ stream, floor: state.floor }, 'stream open');
    opened();
  };

  /** An answer to a question that was put before the last close says nothing about now. */
  const ask = async (stream: string, state: State): Promise<void> => {
    if (state.asking) return;
    state.asking = true;
    await retryUntil(
      async () => {
        if (paused) {
          state.asking = false;
          return;
        }
        const askedIn = epoch;
        const vouched = await vouch(stream);
        if (askedIn !== epoch) throw new Failure('log_unavailable', { detail: 'the connection changed meanwhile' });
        open(stream, state, vouched);
      },
      {
        ...pace,
        signal: stopped.signal,
        failed: (error, attempt) => {
          state.why = (error as Error).message;
          if (attempt % 10 === 3) logger.warn({ stream, why: state.why }, 'nobody vouches for the stream yet');
        },
      },
    );
    state.asking = false;
  };

  const reopen = (): void => {
    paused = false;
    for (const [stream, state] of states) if (state.why !== undefined) void ask(stream, state);
  };

  const close = (stream: string, why: string): void => {
    const state = stateOf(stream);
    if (state.why === undefined) logger.warn({ stream, why }, 'stream closed for writing');
    epoch++;
    state.why = why;
  };

  return {
    isOpen: (stream) => stateOf(stream).why === undefined,
    floor: (stream) => stateOf(stream).floor,
    raise: (stream, seq) => {
      const state = stateOf(stream);
      if (seq > state.floor) state.floor = seq;
    },
    closeAll: (why) => {
      paused = true;
      for (const stream of states.keys()) close(stream, why);
    },
    close: (stream, why) => {
      close(stream, why);
      reopen();
    },
    reopen,
    compare: (stream, created) => {
      const state = stateOf(stream);
      if (state.why !== undefined || state.vouched?.created === created) return;
      close(stream, 'the stream is another one');
      reopen();
    },
    obstacles: () =>
      [...states].flatMap(([stream, { why }]) => (why === undefined ? [] : [`stream ${stream}: ${why}`])),
    generation: () => generation,
    stop: () => stopped.abort(),
  };
}
