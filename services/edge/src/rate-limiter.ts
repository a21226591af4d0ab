import { type Rate, TokenBucket } from '@gapless/shared/rates';

/** One bucket a key, forgotten only once it is full: coming back does not reset a limit. */
export class RateLimiter<K> {
  readonly #rate: Rate;
  readonly #buckets = new Map<K, TokenBucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  take(key: K, nowMs: number): number {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = new TokenBucket(this.#rate, nowMs);
      this.#buckets.set(key, bucket);
    }
    return bucket.take(nowMs);
  }

  prune(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.full(nowMs)) this.#buckets.delete(key);
  }

  get size(): number {
    return this.#buckets.size;
  }
}
