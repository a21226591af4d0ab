import type { Random } from '../guarantee/random.ts';

export interface StormGround {
  readonly edges: readonly string[];
  readonly api: string;
  readonly random: Random;
  readonly storm: Storm;
  readonly count: number;
}

const faultsKept = 50;

/** What came of everything that was said: how much, what was answered, and what should not have been. */
export class Storm {
  readonly faults: string[] = [];
  readonly outcomes = new Map<string, number>();
  readonly done = new Map<string, number>();

  did(what: string, count: number): void {
    this.done.set(what, (this.done.get(what) ?? 0) + count);
  }

  fault(fault: string): void {
    if (this.faults.length < faultsKept) this.faults.push(fault);
  }

  add(outcomes: ReadonlyMap<string, number>, faults: readonly string[]): void {
    for (const [what, count] of outcomes) this.outcomes.set(what, (this.outcomes.get(what) ?? 0) + count);
    for (const fault of faults) this.fault(fault);
  }

  /** Fewer answers of a kind than that are a fault. */
  expect(what: string, least: number): void {
    const count = this.outcomes.get(what) ?? 0;
    if (count < least) this.fault(`${what} was answered ${count} times, less than ${least}`);
  }

  /** More answers of a kind than that are a fault. */
  expectAtMost(what: string, most: number): void {
    const count = this.outcomes.get(what) ?? 0;
    if (count > most) this.fault(`${what} was answered ${count} times, more than ${most}`);
  }

  /** For people. */
  text(seconds: number): string {
    const list = (counts: ReadonlyMap<string, number>) =>
      [...counts]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([what, count]) => `${what} ${count}`)
        .join(', ');
    return `${list(this.done)} in ${seconds.toFixed(1)} s; answered: ${list(this.outcomes)}`;
  }
}
