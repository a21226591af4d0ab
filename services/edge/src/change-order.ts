import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { LaneOrder } from './lane-order.ts';

/** Who has waited that long for those before him is refused when his turn comes: no more of them are waited for. */
const patienceMs = 10_000;

/** What an api is asked to change is asked for in the order in which it came, each lane by itself. */
export class ChangeOrder {
  readonly #order = new LaneOrder();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Behind changes that were not answered it is refused, and was not asked for. */
  follow<T>(lane: string, ask: () => Promise<T>): Promise<T> {
    const until = this.#clock.now() + patienceMs;
    return this.#order.follow(lane, async () => {
      if (this.#clock.now() > until) throw new Failure('store_unavailable', { retryMs: 1_000 });
      return ask();
    });
  }
}
