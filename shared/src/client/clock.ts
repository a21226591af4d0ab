/** Takes a piece of work off the clock; afterwards it does nothing. */
export type Cancel = () => void;

/** Time as a dependency: every pause and deadline of the SDK goes through one of these. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  after(ms: number, work: () => void): Cancel;
}

/** Beyond that a timer goes off at once. Who waits for months is woken early, which harms nobody. */
const longestMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, work) => {
    const timer = setTimeout(work, Math.min(ms, longestMs));
    return () => clearTimeout(timer);
  },
};

export interface Pace {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Full jitter: anything up to a ceiling that doubles. Who was cut off together does not come back together. */
export const jitteredMs = (attempt: number, { firstMs, maxMs }: Pace, random: () => number): number =>
  Math.ceil(random() * Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 20)));
