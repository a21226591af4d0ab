import type { World } from './world.ts';

/** One thing that the protocol promises. */
export interface ConformanceCase {
  /** Heading of `docs/protocol.md` that promises it. */
  readonly section: string;
  readonly name: string;
  /** Of `promises.ts`: what it shows. */
  readonly covers: readonly string[];
  /** How many users it takes. */
  readonly users: number;
  /** Longest time, where it is more than the usual. */
  readonly withinMs?: number;
  /** Rejects with a `Violation` where the server breaks the promise. */
  run(world: World): Promise<void>;
}

export const casesOf = (section: string, cases: readonly Omit<ConformanceCase, 'section'>[]): ConformanceCase[] =>
  cases.map((one) => ({ section, ...one }));
