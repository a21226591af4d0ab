import { nowUs } from './clock.ts';
import { dial, type FrameSocket } from './frame-socket.ts';

export interface TalkerFrame {
  readonly t: string;
  readonly i?: number;
  readonly r?: string;
  readonly s?: number;
  readonly us?: readonly string[];
  readonly rs?: readonly unknown[];
  readonly more?: 1;
  readonly code?: string;
}

interface Awaited {
  readonly is: (frame: TalkerFrame) => boolean;
  readonly came: (atUs: number) => void;
}

const deadlineMs = 20_000;

/** One client that asks for one thing at a time and tells when what came of it arrived. */
export class Talker {
  readonly #socket: FrameSocket;
  readonly #opened: Promise<void>;
  readonly #awaited = new Set<Awaited>();

  constructor(url: string) {
    const { socket, opened } = dial(url, '127.0.0.1', {
      text: (bytes, start, end) => this.#hear(JSON.parse(bytes.toString('utf8', start, end)), nowUs()),
      ended: () => undefined,
    });
    [this.#socket, this.#opened] = [socket, opened];
  }

  async opened(): Promise<this> {
    await this.#opened;
    return this;
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  /** Resolves with the microsecond at which such a frame came; rejects when none does. */
  until(what: string, is: Awaited['is']): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`never came: ${what}`)), deadlineMs);
      const awaited: Awaited = {
        is,
        came: (atUs) => {
          clearTimeout(timer);
          this.#awaited.delete(awaited);
          resolve(atUs);
        },
      };
      this.#awaited.add(awaited);
    });
  }

  /** Milliseconds from the frame's leaving to the first one that is meant. */
  async timed(frame: object, what: string, is: Awaited['is']): Promise<number> {
    const began = nowUs();
    const came = this.until(what, is);
    this.send(frame);
    return ((await came) - began) / 1e3;
  }

  close(): void {
    this.#socket.close();
  }

  #hear(frame: TalkerFrame, atUs: number): void {
    for (const awaited of this.#awaited) if (awaited.is(frame)) awaited.came(atUs);
  }
}
