import type { Clock } from '@gapless/shared/runtime';

const lastsMs = 1_000;

/** Who gave no answer is not asked again for a moment: the others that wait are told at once, and not one behind the other. */
export class Unanswered {
  readonly #at = new Map<string, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(whom: string): void {
    this.#at.set(whom, this.#clock.now());
  }

  /** He answers. */
  forget(whom: string): void {
    this.#at.delete(whom);
  }

  lately(whom: string): boolean {
    return this.#clock.now() - (this.#at.get(whom) ?? -Infinity) < lastsMs;
  }
}
