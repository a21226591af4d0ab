import { Bell } from './bell.ts';

/** Something that stands in a stream. */
export interface Numbered {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

/**
 * Part of a stream on its way into MongoDB, such as some rooms' events: in order, one batch at a time. Full ones under load,
 * small ones soon otherwise; where events keep coming in pauses, since every batch has its price, however small it is.
 */
export class Lane<E extends Numbered> {
  readonly #maxEvents: number;
  readonly #maxWaitMs: number;
  readonly #paceMs: number;
  readonly #bell = new Bell();
  #queue: E[] = [];
  #writing: readonly E[] = [];
  #oldestAt = 0;
  #givenAt = Number.NEGATIVE_INFINITY;
  #ended = false;

  /** `paceMs`: how far apart batches that are not full begin. */
  constructor(options: { maxEvents: number; maxWaitMs: number; paceMs: number }) {
    this.#maxEvents = options.maxEvents;
    this.#maxWaitMs = options.maxWaitMs;
    this.#paceMs = options.paceMs;
  }

  /** Number of the first event that is not written. */
  get oldest(): number | undefined {
    return (this.#writing[0] ?? this.#queue[0])?.seq;
  }

  push(event: E): void {
    if (this.#queue.length === 0) this.#oldestAt = performance.now();
    this.#queue.push(event);
    if (this.#queue.length === 1 || this.#queue.length === this.#maxEvents) this.#bell.ring();
  }

  /** Nothing more is pushed; what is there is still given out. */
  end(): void {
    this.#ended = true;
    this.#bell.ring();
  }

  /** The next batch, at least one event; `undefined` at the end. The one before it must be written. */
  async next(): Promise<readonly E[] | undefined> {
    while (!this.#ended && this.#queue.length === 0) await this.#bell.wait();
    const dueAt = Math.max(this.#oldestAt + this.#maxWaitMs, this.#givenAt + this.#paceMs);
    while (!this.#ended && this.#queue.length < this.#maxEvents && performance.now() < dueAt) {
      await this.#bell.wait(dueAt - performance.now());
    }
    if (this.#queue.length === 0) return undefined;
    this.#givenAt = performance.now();
    this.#writing = this.#queue.slice(0, this.#maxEvents);
    this.#queue = this.#queue.slice(this.#maxEvents);
    return this.#writing;
  }

  /** What `next` gave last is in MongoDB. */
  written(): void {
    this.#writing = [];
  }
}
