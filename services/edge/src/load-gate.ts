import type { Clock } from '@gapless/shared/runtime';

/**
 * Keeps the edge from taking in more than it can deliver. What counts is a queue that stands: the shortest delay of a window,
 * not the longest, so that neither a burst nor a pause of the collector refuses anybody. Past the bound what is taken in a second
 * comes down to what was finished in one, and goes up again while nothing queues.
 */
export interface LoadGate {
  /** Somebody wants something to be stored: 0, or the milliseconds after which to come back. */
  take(): number;
  /** What was taken is done. */
  done(): void;
  /** What was taken was refused behind the gate, or failed: another one may come in its place. */
  failed(): void;
  /** The event loop came to a timer that late. */
  turned(lateMs: number): void;
  /** The bus answered that much later than where nothing is before the answer. */
  answered(lateMs: number): void;
  /** That long, in the mean of a moment, did what was sent to the log wait here until then. */
  waited(ms: number): void;
  /** Ends a window: every `windowMs`, or late when the loop is. */
  look(): void;
  /** Less is taken than is offered, or was so a moment ago: what nobody misses is left out. */
  readonly isStrained: boolean;
  /** Taking less does not help: no more sockets either. */
  readonly isClosed: boolean;
  /** The shortest delay of the last window. */
  readonly delayMs: number;
}

export interface LoadGateDeps {
  /** Shortest delay of a window from which on it is overload. */
  readonly overloadDelayMs: number;
  readonly clock: Clock;
  readonly random?: () => number;
}

export const windowMs = 500;
/** One such window may be what piled up while the bus was away; where less is taken already it is a sign. */
const windowsToAct = 2;
/** Windows in which nobody is refused until there is no limit any more. */
const windowsToLift = 4;
/** A queue is to be gone in that time: meanwhile so much less is taken, but no less than a part of what can be done. */
const drainMs = 2_000;
const part = { least: 0.5, most: 0.95 };
/** While something queues what can be done is what was done; less of it is believed step by step. */
const keptBy = 0.9;
/** The limit comes back fast up to what could be done, feels its way beyond that, and runs when nothing queues for long. */
const growth = { back: 1.5, beyond: 1.05, running: 1.5 };
const windowsToRun = 6;
/** Less is no use: what so few senders cost is not what overloads an edge. */
const leastPerSecond = 50;
/** Part of a second's share that may come at once. */
const burst = 0.2;
/** Sockets are refused at so many times the bound. */
const closesAt = 4;
const retry = { leastMs: 500, spreadMs: 1_000, most: 8 };

export function createLoadGate({ overloadDelayMs, clock, random = Math.random }: LoadGateDeps): LoadGate {
  let limit = Number.POSITIVE_INFINITY;
  let credit = 0;
  let filledAt = clock.now();
  let window = emptyWindow(filledAt);
  let [delayMs, excess] = [0, 0];
  let [highWindows, calmWindows, freeWindows] = [0, 0, 0];
  /** What could be done in a second when something queued. */
  let capacity = 0;
  let isClosed = false;

  const shed = (seconds: number, { taken, done }: Window): void => {
    // Nothing is done where the log stands still: that tells nothing of this edge.
    const rate = (done === 0 ? taken : done) / seconds;
    // Whatever makes such an edge late, it is not what it takes.
    if (limit === Number.POSITIVE_INFINITY && rate <= leastPerSecond) return;
    capacity = Math.max(capacity * keptBy, rate);
    const excessMs = delayMs - overloadDelayMs / 2;
    const share = Math.min(part.most, Math.max(part.least, 1 - excessMs / drainMs));
    limit = Math.max(leastPerSecond, capacity * share);
    freeWindows = 0;
  };

  /** Below the bound it goes up whatever queues: else a delay of half of it would keep the limit where it is for ever. */
  const grow = ({ refused }: Window): void => {
    freeWindows = refused === 0 ? freeWindows + 1 : 0;
    if (freeWindows >= windowsToLift) [limit, capacity] = [Number.POSITIVE_INFINITY, 0];
    else if (calmWindows > 0 && limit < capacity) limit = Math.min(limit * growth.back, capacity);
    else limit *= calmWindows > windowsToRun ? growth.running : growth.beyond;
  };

  return {
    take: () => {
      window.taken++;
      if (limit === Number.POSITIVE_INFINITY) return 0;
      const now = clock.now();
      credit = Math.min(Math.max(1, limit * burst), credit + ((now - filledAt) / 1_000) * limit);
      filledAt = now;
      if (credit >= 1) {
        credit--;
        return 0;
      }
      window.taken--;
      window.refused++;
      return Math.ceil((retry.leastMs + random() * retry.spreadMs) * (1 + excess));
    },
    done: () => {
      window.done++;
    },
    failed: () => {
      window.taken = Math.max(0, window.taken - 1);
      credit++;
    },
    turned: (lateMs) => {
      window.lateMs = Math.min(window.lateMs, lateMs);
    },
    answered: (lateMs) => {
      window.answerMs = Math.min(window.answerMs, lateMs);
    },
    waited: (ms) => {
      window.waitMs = Math.min(window.waitMs, ms);
    },
    look: () => {
      const over = window;
      const now = clock.now();
      window = emptyWindow(now);
      const queueMs = Math.max(known(over.lateMs), known(over.answerMs));
      delayMs = Math.max(queueMs, known(over.waitMs));
      excess = Math.min(retry.most, over.refused / Math.max(1, over.taken));
      highWindows = delayMs >= overloadDelayMs ? highWindows + 1 : 0;
      calmWindows = delayMs >= overloadDelayMs / 2 ? 0 : calmWindows + 1;
      // A socket adds nothing to what waits for the log.
      const closes = highWindows >= windowsToAct && queueMs >= overloadDelayMs * closesAt;
      isClosed = closes || (isClosed && queueMs >= overloadDelayMs);
      const isLimited = limit < Number.POSITIVE_INFINITY;
      if (highWindows >= (isLimited ? 1 : windowsToAct)) shed((now - over.since) / 1_000, over);
      else if (isLimited && highWindows === 0) grow(over);
    },
    get isStrained() {
      return limit < Number.POSITIVE_INFINITY;
    },
    get isClosed() {
      return isClosed;
    },
    get delayMs() {
      return delayMs;
    },
  };
}

interface Window {
  readonly since: number;
  taken: number;
  done: number;
  refused: number;
  lateMs: number;
  answerMs: number;
  waitMs: number;
}

/** A window in which nothing was seen says nothing. */
const known = (leastMs: number): number => (Number.isFinite(leastMs) ? leastMs : 0);

const emptyWindow = (since: number): Window => ({
  since,
  ...{ taken: 0, done: 0, refused: 0 },
  lateMs: Number.POSITIVE_INFINITY,
  answerMs: Number.POSITIVE_INFINITY,
  waitMs: Number.POSITIVE_INFINITY,
});
