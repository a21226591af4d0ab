/** Counts by a word of a closed set, at the price of a plain number. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(word: string, count = 1): void {
    this.counts.set(word, (this.counts.get(word) ?? 0) + count);
  }
}
