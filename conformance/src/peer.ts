import { setTimeout as sleep } from 'node:timers/promises';
import { createFrameRules, type Frame } from './frame-rules.ts';
import { type Answered, type Opening, openWire, type Wire } from './wire.ts';

/** What is wrong with a server, in one sentence. */
export class Violation extends Error {}

/** Longest wait for anything that has no time of its own. */
export const patienceMs = 5_000;

/** With a `retry` they tell of the server's day, not of what was asked. */
const comesAgain = new Set<unknown>(['rate_limited', 'busy']);

/** One connection: what came on it, and what may be asked of it. */
export class Peer {
  readonly frames: Frame[] = [];
  /** What came about on it, in the words of `promises.ts`. */
  readonly seen = new Set<string>();
  readonly #rules = createFrameRules();
  readonly #wakes = new Set<() => void>();
  #wire: Wire | undefined;
  #closed: number | undefined;
  #requests = 0;

  /** Rejects with a `Violation` when the handshake is refused. */
  static async open(opening: Opening): Promise<Peer> {
    const peer = new Peer();
    const answer = await peer.tryOpen(opening);
    if (answer !== undefined) throw new Violation(`the handshake is answered with ${answer.status}: ${answer.body}`);
    return peer;
  }

  /** How it was refused; `undefined` when it is open. */
  async tryOpen(opening: Opening): Promise<Answered | undefined> {
    const answer = await openWire(opening, {
      text: (text) => {
        const frame = this.#rules.take(text);
        if (frame !== undefined) this.#came(frame);
        this.#wake();
      },
      closed: (code) => {
        this.#closed = code;
        this.seen.add(`close ${code}`);
        this.#wake();
      },
    });
    if ('status' in answer) {
      this.seen.add(`handshake ${answer.status}`);
      return answer;
    }
    this.#wire = answer;
    return undefined;
  }

  get breaches(): readonly string[] {
    return this.#rules.breaches;
  }

  get closed(): number | undefined {
    return this.#closed;
  }

  get wire(): Wire {
    if (this.#wire === undefined) throw new Error('not open');
    return this.#wire;
  }

  send(frame: object): void {
    if ('t' in frame) this.seen.add(`op ${frame.t}`);
    this.wire.text(JSON.stringify(frame));
  }

  /** The answer to this request; one that came too early, or to a server at its limit, is made again after the time that the server names. */
  async request(frame: object, withinMs = patienceMs): Promise<Frame> {
    const i = ++this.#requests;
    this.send({ ...frame, i });
    const what = `an answer to ${JSON.stringify(frame).slice(0, 80)}`;
    const answer = await this.next(what, (answer) => answer['i'] === i, withinMs);
    if (!comesAgain.has(answer['code']) || typeof answer['retry'] !== 'number') return answer;
    await sleep(answer['retry']);
    return this.request(frame, withinMs);
  }

  /** The first such frame that came, or comes in time; only frames from `from` on are looked at. */
  async next(what: string, fits: (frame: Frame) => boolean, withinMs = patienceMs, from = 0): Promise<Frame> {
    const find = () => this.frames.slice(from).find(fits);
    await this.#until(what, () => find() !== undefined, withinMs);
    return find() as Frame;
  }

  async closes(withinMs = patienceMs): Promise<number> {
    await this.#until('a close', () => this.#closed !== undefined, withinMs);
    return this.#closed as number;
  }

  /** Ends without a word. */
  drop(): void {
    this.#wire?.destroy();
  }

  async #until(what: string, isSo: () => boolean, withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    while (!isSo()) {
      const leftMs = until - performance.now();
      if (leftMs <= 0) throw new Violation(`${what} did not come within ${withinMs} ms${this.#lately()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        const wake = (): void => {
          clearTimeout(timer);
          this.#wakes.delete(wake);
          resolve();
        };
        this.#wakes.add(wake);
      });
    }
  }

  #came(frame: Frame): void {
    this.frames.push(frame);
    this.seen.add(`frame ${frame.t}`);
    if (frame.t === 'err') this.seen.add(`error ${String(frame['code'])}`);
  }

  #lately(): string {
    const last = this.frames.slice(-2).map((frame) => JSON.stringify(frame).slice(0, 160));
    return `; closed ${this.#closed ?? 'no'}; last came ${last.join(' ')}`;
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
  }
}
