import { noFaults } from '../load/chain.ts';
import { Latencies } from '../load/latency.ts';

/** What all members of a fleet count together. */
export class FleetTally {
  readonly faults = noFaults();
  /** Ranges that somebody was told to page. */
  lags = 0;
  /** Sequences of the messages that were acknowledged, by room. */
  readonly stored = new Map<string, number[]>();
  readonly departures: Record<string, number> = {};
  readonly refusals: Record<string, number> = {};
  readonly resumes = new Latencies();
  deliveries = new Latencies();

  acknowledged(room: string, seq: number): void {
    const seqs = this.stored.get(room);
    if (seqs === undefined) this.stored.set(room, [seq]);
    else seqs.push(seq);
  }

  delivered(us: number): void {
    this.deliveries.record(us);
  }

  /** From the end of a connection to the moment in which all rooms are live on the next one. */
  resumed(us: number): void {
    this.resumes.record(us);
  }

  left(why: string): void {
    this.departures[why] = (this.departures[why] ?? 0) + 1;
  }

  refused(code: string): void {
    this.refusals[code] = (this.refusals[code] ?? 0) + 1;
  }
}
