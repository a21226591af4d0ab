import { performance } from 'node:perf_hooks';

/** How far the place that keeps the revocations has come, as its leader says. */
export interface RevocationsEnd {
  /** When the place was made: another time is another place. */
  readonly created: string;
  readonly last: number;
  readonly isEmpty: boolean;
}

/** When the end was asked for, and what was known then. */
export interface EndAsked {
  readonly at: number;
  readonly interruptions: number;
  readonly read: number;
}

/**
 * Knows whether who follows the revocations has heard all of them: somebody who decides was asked where they end, after the
 * last interruption, and that far has been read.
 */
export class RevocationProof {
  #read = 0;
  #created = '';
  #interruptions = 0;
  #asked: { readonly last: number; readonly at: number } | undefined;
  #provenAt = -Infinity;
  /** When the end was first found to be further than what was read; Infinity when it is not. */
  #behindAt = Infinity;
  #lookedAt = performance.now();

  get interruptions(): number {
    return this.#interruptions;
  }

  /** Up to where everything was told to the listener. */
  get read(): number {
    return this.#read;
  }

  isProven(now = performance.now()): boolean {
    const isAwake = now - this.#lookedAt < stoodStillMs;
    return isAwake && now - this.#provenAt < believedMs && now - this.#behindAt < behindMs;
  }

  /** What was proven does not count any more. */
  interrupt(): void {
    this.#interruptions++;
    this.#asked = undefined;
    this.#provenAt = -Infinity;
    this.#behindAt = Infinity;
  }

  /** To be called often: a process that stood still has missed what happened meanwhile. */
  look(now = performance.now()): void {
    if (now - this.#lookedAt >= stoodStillMs) this.interrupt();
    this.#lookedAt = now;
  }

  /** `false` when it is another place, or one that was set back: it has to be read from its beginning. */
  ends({ created, last, isEmpty }: RevocationsEnd, asked: EndAsked): boolean {
    // What was heard since the question may be newer than the answer: only what was read before it has to be there.
    const isOther = this.#created !== '' && (created !== this.#created || last < asked.read);
    this.#created = created;
    if (isOther) {
      this.#read = 0;
      this.interrupt();
      return false;
    }
    if (asked.interruptions !== this.#interruptions) return true;
    this.#asked = { last: isEmpty ? 0 : last, at: asked.at };
    this.#conclude();
    if (this.#asked !== undefined && this.#read < this.#asked.last) this.#behindAt = Math.min(this.#behindAt, asked.at);
    return true;
  }

  /** Everything up to there was told to the listener. */
  heard(seq: number): void {
    this.#read = Math.max(this.#read, seq);
    this.#conclude();
  }

  #conclude(): void {
    if (this.#asked === undefined || this.#read < this.#asked.last) return;
    this.#provenAt = this.#asked.at;
    this.#behindAt = Infinity;
  }
}

/** Longer than a busy process takes for one turn of its loop. After less, what NATS sent meanwhile waits in the socket. */
const stoodStillMs = 2_000;
/** What is kept comes within milliseconds: whoever lacks some of it for that long is cut off from it. */
const behindMs = 1_000;
/** Without a new proof for that long nothing is known. */
const believedMs = 5_000;
