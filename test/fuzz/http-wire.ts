import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** The connection can take another request. */
  readonly goesOn: boolean;
}

/** A connection on which bytes are said that no client of HTTP would let pass; answers are read as they come. */
export class HttpWire {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1' });
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (some) => {
      this.#bytes = Buffer.concat([this.#bytes, some]);
      this.#wake?.();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#ended = true;
      this.#wake?.();
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** `undefined`: nothing came in that time, or the connection ended first. */
  async ask(bytes: Buffer, options: { isHead: boolean; deadlineMs: number }): Promise<Answer | undefined> {
    this.#socket.write(bytes);
    const end = Date.now() + options.deadlineMs;
    for (;;) {
      const answer = this.#take(options.isHead);
      if (answer !== undefined) return answer;
      if (this.#ended || Date.now() >= end) return undefined;
      await this.#more(end - Date.now());
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #more(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #take(isHead: boolean): Answer | undefined {
    const headEnd = this.#bytes.indexOf('\r\n\r\n');
    if (headEnd < 0) return undefined;
    const head = this.#bytes.toString('latin1', 0, headEnd);
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
    const field = (name: string) => new RegExp(`^${name}: *(.*)$`, 'im').exec(head)?.[1]?.trim() ?? '';
    const bodyAt = headEnd + 4;
    const hasNone = isHead || status === 204 || status === 304;
    const length = hasNone ? 0 : Number(field('content-length') || Number.NaN);
    const isChunked = !hasNone && /chunked/i.test(field('transfer-encoding'));
    const end = isChunked ? this.#bytes.indexOf('0\r\n\r\n', bodyAt) + 5 : bodyAt + (length || 0);
    if (isChunked ? end < bodyAt + 5 : this.#bytes.length < end) return undefined;
    const body = this.#bytes.toString('utf8', bodyAt, end);
    this.#bytes = this.#bytes.subarray(end);
    return { status, type: field('content-type'), body, goesOn: !/close/i.test(field('connection')) && !this.#ended };
  }
}
