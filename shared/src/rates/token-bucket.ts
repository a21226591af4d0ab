export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Who comes back after exactly the time that was named is let in. */
const roundingError = 1e-6;

/** Holds `burst` tokens at most and gains `perSecond`: short bursts pass, long ones are slowed. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #at: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = nowMs;
  }

  /** Takes a token: 0, or the milliseconds until there will be one. */
  take(nowMs: number): number {
    this.#refill(nowMs);
    const missing = 1 - this.#tokens;
    if (missing > roundingError) return Math.ceil((missing / this.#rate.perSecond) * 1000 - roundingError);
    this.#tokens = Math.max(0, this.#tokens - 1);
    return 0;
  }

  full(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#tokens >= this.#rate.burst;
  }

  /** A clock set back gives nothing and takes nothing. */
  #refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#at);
    this.#at = nowMs;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (elapsedMs / 1000) * this.#rate.perSecond);
  }
}
