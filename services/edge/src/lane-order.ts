/** Who has to wait for something goes on in the order in which he came, each lane by itself. */
export class LaneOrder {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Whether somebody in the lane is waited for. */
  isTaken(lane: string): boolean {
    return this.#last.has(lane);
  }

  /** Settles as `work` does, but never before what came earlier in the lane; without work and with nobody before, at once. */
  keep<T>(lane: string, work: Promise<T> | undefined): Promise<T | undefined> {
    const before = this.#last.get(lane);
    if (before === undefined && work === undefined) return Promise.resolve(undefined);
    return this.#enter(
      lane,
      Promise.allSettled([before, work]).then(() => work),
    );
  }

  /** Begins `work` when all that came earlier in the lane has ended, however it did. */
  follow<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(lane);
    return this.#enter(lane, before === undefined ? work() : before.then(work, work));
  }

  #enter<T>(lane: string, mine: Promise<T>): Promise<T> {
    this.#last.set(lane, mine);
    const leave = (): void => {
      if (this.#last.get(lane) === mine) this.#last.delete(lane);
    };
    mine.then(leave, leave);
    return mine;
  }
}
