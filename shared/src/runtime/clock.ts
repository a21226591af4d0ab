/** Time as a dependency, so that tests own it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Goes only forward, whatever is done to the clock of the machine: for ages and intervals. Its zero means nothing. */
export const steadyClock: Clock = { now: () => performance.now() };
