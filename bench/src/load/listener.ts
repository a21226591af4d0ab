import { dial, type FrameSocket } from './frame-socket.ts';

export interface HeardFrame {
  readonly t: string;
  readonly i?: number;
  readonly code?: string;
  readonly w?: readonly unknown[];
  readonly n?: number;
  readonly s?: number;
  readonly bytes: number;
}

const openDeadlineMs = 60_000;
const pauseMs = 1_000;

/** One client that keeps the signals that it hears; where it is told to, it reads along. */
export class Listener {
  /** How often it said how far it has read. */
  marks = 0;
  lastSeq = 0;
  #reads: string | undefined;
  #until = 'hi';
  readonly #socket: FrameSocket;
  readonly #opened: Promise<void>;
  #heard: HeardFrame[] = [];
  #greeting: { done(): void; failed(error: Error): void } | undefined;

  private constructor(url: string, localAddress: string) {
    const { socket, opened } = dial(url, localAddress, {
      text: (bytes, start, end) => this.#hear(bytes, start, end),
      ended: (why) => this.#greeting?.failed(new Error(why)),
    });
    [this.#socket, this.#opened] = [socket, opened];
  }

  /** Resolves when its session stands and its room, if any, is live; refused, it comes back as clients do. */
  static async open(seat: { url: string; localAddress: string; token: string; room?: string }): Promise<Listener> {
    for (const end = performance.now() + openDeadlineMs; ; ) {
      const listener = new Listener(seat.url, seat.localAddress);
      try {
        await listener.#greet(seat.token, seat.room);
        return listener;
      } catch (error) {
        listener.close();
        if (performance.now() > end) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * pauseMs));
      }
    }
  }

  async #greet(token: string, room?: string): Promise<void> {
    await this.#opened;
    const greeted = new Promise<void>((done, failed) => {
      this.#greeting = { done, failed };
    });
    this.#until = room === undefined ? 'hi' : 'live';
    this.send({ t: 'hello', i: 0, tok: token, rooms: room === undefined ? 'none' : [room] });
    await greeted;
  }

  of(t: string): readonly HeardFrame[] {
    return this.#heard.filter((frame) => frame.t === t);
  }

  clear(): void {
    this.#heard = [];
  }

  /** From here on it counts anew, and reads that room along. */
  begin(reads: string | undefined): void {
    this.clear();
    this.marks = 0;
    this.#reads = reads;
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  close(): void {
    this.#socket.close();
  }

  #hear(bytes: Buffer, start: number, end: number): void {
    const frame = JSON.parse(bytes.toString('utf8', start, end)) as Omit<HeardFrame, 'bytes'>;
    if (frame.t === this.#until) this.#greeting?.done();
    if (frame.t === 'err') this.#greeting?.failed(new Error(`refused: ${frame.code}`));
    if (frame.t === 'msg') this.#read(frame.s ?? 0);
    if (frame.t === 'rcpt' || frame.t === 'pres') this.#heard.push({ ...frame, bytes: end - start });
  }

  #read(seq: number): void {
    this.lastSeq = seq;
    if (this.#reads === undefined) return;
    this.marks++;
    this.send({ t: 'read', r: this.#reads, s: seq });
  }
}
