import { maskFrame } from './masking.ts';

export interface RingLimits {
  readonly events: number;
  readonly bytes: number;
}

export interface RingPart {
  readonly frames: readonly Uint8Array[];
  /** Sequence of the last of them. */
  readonly last: number;
  /** Whether there are no others behind them. */
  readonly whole: boolean;
}

/** The newest frames of one room, as they went out: who was away for a moment is served from here. */
export class RoomRing {
  readonly #limits: RingLimits;
  #floor: number;
  #seqs: number[] = [];
  #frames: Uint8Array[] = [];
  /** When they went out. */
  #times: number[] = [];
  /** What lies before it in the arrays was given up. */
  #start = 0;
  #bytes = 0;

  /** Every event above `floor` will be pushed. */
  constructor(limits: RingLimits, floor: number) {
    this.#limits = limits;
    this.#floor = floor;
  }

  push(seq: number, frame: Uint8Array): void {
    this.#seqs.push(seq);
    this.#frames.push(frame);
    this.#times.push(Date.now());
    this.#bytes += frame.byteLength;
    const { events, bytes } = this.#limits;
    while (this.#seqs.length - this.#start > events || this.#bytes > bytes) this.#giveUpOldest();
  }

  /** The frames of the events above `seq`, at most `limit`; `undefined` when not all of those events are here. */
  after(seq: number, limit: number): RingPart | undefined {
    if (seq < this.#floor) return undefined;
    const from = this.#indexAbove(seq);
    const end = Math.min(from + limit, this.#seqs.length);
    const last = end > from ? (this.#seqs[end - 1] as number) : seq;
    return { frames: this.#frames.slice(from, end), last, whole: end === this.#seqs.length };
  }

  /** When the event went out; `undefined` when it is not here. */
  timeOf(seq: number): number | undefined {
    const at = this.#indexAbove(seq - 1);
    return this.#seqs[at] === seq ? this.#times[at] : undefined;
  }

  /** Takes out what was written in a message that is deleted now, and in its edits. */
  mask(message: number): void {
    const deleted = new Set([message]);
    for (let at = this.#indexAbove(message - 1); at < this.#frames.length; at++) {
      const frame = this.#frames[at] as Uint8Array;
      const masked = maskFrame(frame, this.#seqs[at] as number, deleted);
      this.#bytes += masked.byteLength - frame.byteLength;
      this.#frames[at] = masked;
    }
  }

  #indexAbove(seq: number): number {
    let low = this.#start;
    let high = this.#seqs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#seqs[middle] as number) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #giveUpOldest(): void {
    const at = this.#start++;
    this.#floor = this.#seqs[at] as number;
    this.#bytes -= (this.#frames[at] as Uint8Array).byteLength;
    this.#frames[at] = nothing;
    // Now and then, so that each push costs the same in the long run.
    if (this.#start < this.#limits.events) return;
    this.#seqs = this.#seqs.slice(this.#start);
    this.#frames = this.#frames.slice(this.#start);
    this.#times = this.#times.slice(this.#start);
    this.#start = 0;
  }
}

const nothing = new Uint8Array();
