import { Latencies } from './latency.ts';

/** What all sockets of a crowd count together, on the hot path. */
export class Tally {
  deliveries = 0;
  deliveredBytes = 0;
  acknowledged = 0;
  /** Refusals and closes, by what was said. */
  readonly troubles: Record<string, number> = {};
  /** Hears of every delivery while somebody wants to know them one by one. */
  each: ((dueUs: number, nowUs: number) => void) | undefined;
  #latencies = new Latencies();
  #fromUs = Number.POSITIVE_INFINITY;
  #toUs = Number.POSITIVE_INFINITY;

  /** Counts latencies of what is due from then on. */
  measure(fromUs: number, toUs: number): void {
    this.#latencies = new Latencies();
    this.#fromUs = fromUs;
    this.#toUs = toUs;
  }

  /** From the intended time: what a stalled server held up counts with all the time that it waited. */
  delivered(bytes: number, dueUs: number, nowUs: number): void {
    this.deliveries++;
    this.deliveredBytes += bytes;
    this.latency(dueUs, nowUs);
    this.each?.(dueUs, nowUs);
  }

  latency(dueUs: number, nowUs: number): void {
    if (dueUs >= this.#fromUs && dueUs < this.#toUs) this.#latencies.record(nowUs - dueUs);
  }

  trouble(what: string): void {
    this.troubles[what] = (this.troubles[what] ?? 0) + 1;
  }

  latencies() {
    return this.#latencies.summary();
  }
}
