/** What a receiver can find wrong with the events that it got. `lost` counts holes: how many were in one is not told. */
export interface Faults {
  lost: number;
  doubled: number;
  swapped: number;
  /** Frames that contradict themselves or what came before. */
  broken: number;
}

export const noFaults = (): Faults => ({ lost: 0, doubled: 0, swapped: 0, broken: 0 });

export const faultCount = ({ lost, doubled, swapped, broken }: Faults): number => lost + doubled + swapped + broken;

export function sumOfFaults(all: readonly Faults[]): Faults {
  const sum = noFaults();
  for (const { lost, doubled, swapped, broken } of all) {
    sum.lost += lost;
    sum.doubled += doubled;
    sum.swapped += swapped;
    sum.broken += broken;
  }
  return sum;
}

interface Hole {
  /** Missing is what lies above `after`, up to `upTo`. */
  readonly after: number;
  readonly upTo: number;
  /** Of a time that was judged already. */
  readonly isOld: boolean;
}

/** Checks that every event of a room names the one that came before it. One for each receiver, fed every frame. */
export class Chain {
  #faults = noFaults();
  #holes: Hole[] = [];
  #last: number;

  /** `last` is the newest event from before. */
  constructor(last: number) {
    this.#last = last;
  }

  get last(): number {
    return this.#last;
  }

  /** What is missing below `head`, the room's newest event, was judged: it may still come, and is no fault of what follows. */
  begin(head: number): void {
    const tail = this.#last < head ? [{ after: this.#last, upTo: head, isOld: true }] : [];
    this.#holes = [...this.#holes.map((hole) => ({ ...hole, isOld: true })), ...tail];
    this.#last = Math.max(this.#last, head);
    this.#faults = noFaults();
  }

  take(seq: number, prev: number): void {
    if (prev === this.#last && seq > prev) {
      this.#last = seq;
      return;
    }
    if (prev >= seq) this.#faults.broken++;
    else if (seq > this.#last) this.#skip(seq, prev);
    else this.#late(seq, prev);
  }

  broken(): void {
    this.#faults.broken++;
  }

  /** At the end, of what came since `begin`: `head` is the room's newest event, so that a lost tail shows too. */
  faults(head: number): Faults {
    const tail = this.#last < head ? 1 : 0;
    return { ...this.#faults, lost: this.#holes.filter(({ isOld }) => !isOld).length + tail };
  }

  #skip(seq: number, prev: number): void {
    if (prev > this.#last) this.#holes.push({ after: this.#last, upTo: prev, isOld: false });
    else this.#faults.broken++;
    this.#last = seq;
  }

  /** Fills a part of a hole, or was there before. */
  #late(seq: number, prev: number): void {
    const at = this.#holes.findIndex(({ after, upTo }) => seq > after && seq <= upTo);
    const hole = this.#holes[at];
    if (hole === undefined) {
      this.#faults.doubled++;
      return;
    }
    if (!hole.isOld) this.#faults.swapped++;
    const below = prev > hole.after ? [{ ...hole, upTo: prev }] : [];
    const above = seq < hole.upTo ? [{ ...hole, after: seq }] : [];
    this.#holes.splice(at, 1, ...below, ...above);
  }
}
