import { Latencies } from './latency.ts';

/** Troubles that no server may make, however busy it is. */
export const contradictions = {
  event: 'an event that is none',
  answer: 'an ok that nobody asked for',
} as const;

/** What all sockets of a crowd count together, on the hot path. */
export class Tally {
  deliveries = 0;
  acknowledged = 0;
  /** Of what was due within the time that is measured. */
  latencies = new Latencies();
  /** Refusals and closes, by what was said. */
  troubles: Record<string, number> = {};
  /** Hears of every delivery while somebody wants to know them one by one. */
  each: ((dueUs: number, nowUs: number) => void) | undefined;
  #fromUs = Number.POSITIVE_INFINITY;
  #toUs = Number.POSITIVE_INFINITY;
  #begunUs = Number.NEGATIVE_INFINITY;
  #sends = 0;
  #firstSend = 1;

  /** A new run: what an earlier one left under way is counted no more. */
  begin(atUs: number): void {
    this.#begunUs = atUs;
    this.#firstSend = this.#sends + 1;
    this.troubles = {};
  }

  /** The number of a send; never the same in two runs, so that late answers are nobody's. */
  nextSend(): number {
    return ++this.#sends;
  }

  isOfThisRun(dueUs: number): boolean {
    return dueUs >= this.#begunUs;
  }

  /** `false` when that send is an earlier run's. */
  answered(i: number): boolean {
    if (i < this.#firstSend) return false;
    this.acknowledged++;
    return true;
  }

  /** Counts latencies of what is due from then on. */
  measure(fromUs: number, toUs: number): void {
    this.latencies = new Latencies();
    this.#fromUs = fromUs;
    this.#toUs = toUs;
  }

  /** From the intended time: what a stalled server held up counts with all the time that it waited. */
  delivered(dueUs: number, nowUs: number): void {
    if (!this.isOfThisRun(dueUs)) return;
    this.deliveries++;
    this.latency(dueUs, nowUs);
    this.each?.(dueUs, nowUs);
  }

  latency(dueUs: number, nowUs: number): void {
    if (dueUs >= this.#fromUs && dueUs < this.#toUs) this.latencies.record(nowUs - dueUs);
  }

  trouble(what: string): void {
    this.troubles[what] = (this.troubles[what] ?? 0) + 1;
  }
}
