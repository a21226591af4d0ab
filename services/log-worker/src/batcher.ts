/** Gathers what comes one by one into batches: full ones under load, small ones soon otherwise. Holds one batch at most. */
export class Batcher<T> {
  readonly #maxItems: number;
  readonly #maxWaitMs: number;
  #items: T[] = [];
  #oldestAt = 0;
  #ended = false;
  #failure: unknown;
  #waiters: (() => void)[] = [];

  constructor(options: { maxItems: number; maxWaitMs: number }) {
    this.#maxItems = options.maxItems;
    this.#maxWaitMs = options.maxWaitMs;
  }

  /** Reads the source as fast as batches are taken, to its end. */
  async fill(source: AsyncIterable<T>): Promise<void> {
    try {
      for await (const item of source) {
        while (this.#items.length >= this.#maxItems && !this.#ended) await this.#change();
        if (this.#ended) return;
        if (this.#items.length === 0) this.#oldestAt = performance.now();
        this.#items.push(item);
        this.#notify();
      }
    } catch (error) {
      this.#failure = error;
    } finally {
      this.end();
    }
  }

  /** What was gathered is still given out. */
  end(): void {
    this.#ended = true;
    this.#notify();
  }

  /** The next batch, at least one item; `undefined` at the end. Rejects when the source failed. */
  async next(): Promise<T[] | undefined> {
    while (!this.#ended && this.#items.length === 0) await this.#change();
    const dueAt = this.#oldestAt + this.#maxWaitMs;
    while (!this.#ended && this.#items.length < this.#maxItems && performance.now() < dueAt) {
      await this.#change(dueAt - performance.now());
    }
    const batch = this.#items;
    this.#items = [];
    this.#notify();
    if (batch.length > 0) return batch;
    if (this.#failure !== undefined) throw this.#failure;
    return undefined;
  }

  #notify(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  #change(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      this.#waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
