import { createConnection, type Socket } from 'node:net';
import { Chain, type Faults, noFaults } from './chain.ts';
import { handshakeRequest, maskedPong, maskedText } from './client-frames.ts';
import { nowUs } from './clock.ts';
import { FrameParser } from './frame-parser.ts';
import { helloFrame, isEvent, type ScannedEvent, scanEvent, scanOk } from './message.ts';
import type { Tally } from './tally.ts';

/** Where one client sits: its server, its account, and the one room that it hears, if any. */
export interface Seat {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly localAddress: string;
  readonly token: string;
  readonly room?: string;
}

export interface LoadSocketDeps {
  readonly tally: Tally;
  readonly acknowledged?: (i: number, nowUs: number) => void;
}

/** All sockets read into the same memory: what is read is dealt with before the next read. */
const readBuffer = Buffer.allocUnsafe(256 * 1024);
/** So many events a socket are also parsed as JSON, to prove what is read from the bytes. */
const sampleEvery = 1_000;
const openDeadlineMs = 15_000;
const endOfHandshake = '\r\n\r\n';

/** One client over a bare TCP socket: a client library would cost more than the server. */
export class LoadSocket {
  readonly seat: Seat;
  readonly #tally: Tally;
  readonly #acknowledged: ((i: number, nowUs: number) => void) | undefined;
  readonly #tcp: Socket;
  readonly #parser: FrameParser;
  readonly #event: ScannedEvent = { seq: 0, prev: 0, dueUs: 0 };
  #greeting: Buffer | undefined = Buffer.alloc(0);
  #ready: ((error?: Error) => void) | undefined;
  #chain: Chain | undefined;
  #untilSample = 1;
  #closing = false;

  private constructor(seat: Seat, deps: LoadSocketDeps, ready: (error?: Error) => void) {
    this.seat = seat;
    this.#tally = deps.tally;
    this.#acknowledged = deps.acknowledged;
    this.#ready = ready;
    this.#parser = new FrameParser({
      text: (bytes, start, end) => this.#text(bytes, start, end),
      ping: (payload) => this.#tcp.write(maskedPong(payload)),
      closed: (code) => this.#ended(`closed with ${code}`),
      broken: (why) => this.#ended(why),
    });
    this.#tcp = this.#connect();
  }

  /** Resolves when its room is live. */
  static open(seat: Seat, deps: LoadSocketDeps): Promise<LoadSocket> {
    return new Promise((resolve, reject) => {
      const socket = new LoadSocket(seat, deps, (error) => {
        clearTimeout(timer);
        if (error === undefined) return resolve(socket);
        socket.close();
        reject(error);
      });
      const timer = setTimeout(() => socket.#ended('not live in time'), openDeadlineMs);
    });
  }

  /** The room's newest event as this receiver knows it. */
  get last(): number {
    return this.#chain?.last ?? 0;
  }

  faults(head: number): Faults {
    return this.#chain?.faults(head) ?? noFaults();
  }

  send(frame: string): void {
    this.#tcp.write(maskedText(frame));
  }

  close(): void {
    this.#closing = true;
    this.#tcp.destroy();
  }

  #connect(): Socket {
    const { host, port, path, localAddress } = this.seat;
    const callback = (count: number): boolean => {
      this.#read(readBuffer.subarray(0, count));
      return true;
    };
    const tcp = createConnection({ host, port, localAddress, noDelay: true, onread: { buffer: readBuffer, callback } });
    tcp.once('connect', () => tcp.write(handshakeRequest(`${host}:${port}`, path)));
    tcp.once('error', (error) => this.#ended(error.message));
    tcp.once('close', () => this.#ended('the connection ended'));
    return tcp;
  }

  #read(bytes: Buffer): void {
    if (this.#greeting === undefined) this.#parser.feed(bytes);
    else this.#shakeHands(Buffer.concat([this.#greeting, bytes]));
  }

  #shakeHands(bytes: Buffer): void {
    this.#greeting = bytes;
    const end = bytes.indexOf(endOfHandshake);
    if (end < 0) return;
    const status = bytes.toString('latin1', 0, bytes.indexOf('\r\n'));
    if (!status.startsWith('HTTP/1.1 101 ')) return this.#ended(`handshake answered ${status}`);
    this.#greeting = undefined;
    const { token, room } = this.seat;
    this.send(helloFrame(token, room === undefined ? 'none' : [room]));
    this.#parser.feed(bytes.subarray(end + endOfHandshake.length));
  }

  #text(bytes: Buffer, start: number, end: number): void {
    if (isEvent(bytes, start)) return this.#tookEvent(bytes, start, end);
    const i = scanOk(bytes, start);
    if (i < 0) return this.#tookFrame(JSON.parse(bytes.toString('utf8', start, end)));
    this.#tally.acknowledged++;
    this.#acknowledged?.(i, nowUs());
  }

  #tookEvent(bytes: Buffer, start: number, end: number): void {
    const event = this.#event;
    if (this.#chain === undefined || !scanEvent(bytes, start, end, event) || !this.#sampled(bytes, start, end)) {
      this.#chain?.broken();
      return this.#tally.trouble('an event that is none');
    }
    this.#chain.take(event.seq, event.prev);
    this.#tally.delivered(end - start, event.dueUs, nowUs());
  }

  /** Parses one in so many events for real; `true` when it says what the bytes said. */
  #sampled(bytes: Buffer, start: number, end: number): boolean {
    if (--this.#untilSample > 0) return true;
    this.#untilSample = sampleEvery;
    const { s, p, r, b } = JSON.parse(bytes.toString('utf8', start, end));
    const { seq, prev, dueUs } = this.#event;
    return s === seq && p === prev && r === this.seat.room && Number.parseInt(b.text, 10) === dueUs;
  }

  #tookFrame(frame: { t: string; s?: number; code?: string }): void {
    const { room } = this.seat;
    if (frame.t === 'live') this.#chain = new Chain(frame.s ?? 0);
    if (frame.t === 'err') this.#tally.trouble(`refused: ${frame.code}`);
    if (frame.t === (room === undefined ? 'hi' : 'live')) this.#becomeReady();
    if (frame.t === 'err') this.#becomeReady(new Error(`refused: ${frame.code}`));
  }

  #becomeReady(error?: Error): void {
    const ready = this.#ready;
    this.#ready = undefined;
    ready?.(error);
  }

  #ended(why: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#tcp?.destroy();
    this.#tally.trouble(why);
    this.#becomeReady(new Error(why));
  }
}
