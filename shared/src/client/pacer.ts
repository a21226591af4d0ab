import { TokenBucket } from '../rates/index.ts';
import { ChatError } from './chat-error.ts';
import type { Cancel, Clock } from './clock.ts';

/** Frames leave no faster than an edge takes them, in the order in which they were given: it closes the socket of who goes on. */
export interface Pacer {
  /** Writes now or in its turn; `dropped` says why it never will. */
  pass(write: () => void, dropped: (error: ChatError) => void): void;
  /** A session stands, and the edge has said how much it takes. */
  begin(limits: FrameLimits): void;
  /** The connection is gone: what waits is dropped. */
  clear(error: ChatError): void;
}

/** Of one socket; absent: what an edge takes by default. */
export interface FrameLimits {
  readonly rate?: number;
  readonly burst?: number;
}

interface Waiting {
  write(): void;
  dropped(error: ChatError): void;
}

/** docs/protocol.md §Limits. */
const usual = { rate: 50, burst: 200 };
/** What left at its time may come in bunches, and something has been said already. */
const share = 0.75;
/** With more than this the application asks for more than a socket carries. */
const mostWaiting = 1_000;

export function createPacer({ clock }: { clock: Clock }): Pacer {
  const bucketFor = ({ rate = usual.rate, burst = usual.burst }: FrameLimits): TokenBucket =>
    new TokenBucket({ perSecond: rate * share, burst: Math.max(1, burst * share) }, clock.now());
  let bucket = bucketFor({});
  let waiting: Waiting[] = [];
  let release: Cancel | undefined;

  const flush = (): void => {
    while (release === undefined) {
      const next = waiting[0];
      if (next === undefined) return;
      const ms = bucket.take(clock.now());
      if (ms > 0) {
        release = clock.after(ms, () => {
          release = undefined;
          flush();
        });
        return;
      }
      waiting.shift();
      next.write();
    }
  };
  return {
    pass: (write, dropped) => {
      if (waiting.length >= mostWaiting) return dropped(new ChatError('busy', 'Too much at once'));
      waiting.push({ write, dropped });
      // Who waits already goes first.
      if (waiting.length === 1) flush();
    },
    begin: (limits) => {
      bucket = bucketFor(limits);
    },
    clear: (error) => {
      release?.();
      release = undefined;
      bucket = bucketFor({});
      const gone = waiting;
      waiting = [];
      for (const { dropped } of gone) dropped(error);
    },
  };
}
