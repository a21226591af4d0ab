import type { Dialect } from '../stack.ts';
import { Chain, type Faults, noFaults } from './chain.ts';
import { nowUs } from './clock.ts';
import { type Endpoint, FrameSocket } from './frame-socket.ts';
import { type ScannedEvent, scanEvent, scanStamp } from './message.ts';
import { contradictions, type Tally } from './tally.ts';
import { type Heard, type RareFrame, type Wrapping, wrappings } from './wrapping.ts';

/** Where one client sits: its server, its account, and the one room that it hears, if any. */
export interface Seat extends Endpoint {
  readonly token: string;
  readonly room?: string;
  /** Left out: `plain`. */
  readonly dialect?: Dialect;
}

export interface LoadSocketDeps {
  readonly tally: Tally;
  readonly acknowledged?: (i: number, nowUs: number) => void;
  /** The send was refused, with a time to come back; `false` when nobody reckoned with that: then it is a trouble. */
  readonly refused?: (i: number) => boolean;
}

/** So many events a socket are also parsed as JSON, to prove what is read from the bytes. */
const sampleEvery = 1_000;
const openDeadlineMs = 15_000;

/** One client that hears one room at most, and scans its events where they lie. */
export class LoadSocket {
  readonly seat: Seat;
  readonly #tally: Tally;
  readonly #acknowledged: ((i: number, nowUs: number) => void) | undefined;
  readonly #refused: ((i: number) => boolean) | undefined;
  readonly #socket: FrameSocket;
  readonly #wrapping: Wrapping;
  readonly #event: ScannedEvent = { seq: 0, prev: 0, dueUs: 0 };
  #ready: ((error?: Error) => void) | undefined;
  #chain: Chain | undefined;
  /** What events of its inbox have for a room. */
  #user: string | undefined;
  #untilSample = 1;
  #closing = false;
  #hasEnded = false;

  private constructor(seat: Seat, deps: LoadSocketDeps, ready: (error?: Error) => void) {
    this.seat = seat;
    this.#tally = deps.tally;
    this.#acknowledged = deps.acknowledged;
    this.#refused = deps.refused;
    this.#ready = ready;
    this.#wrapping = wrappings[seat.dialect ?? 'plain'];
    const heard = this.#heard();
    this.#socket = new FrameSocket(seat, {
      open: () => {
        if (this.#wrapping.clientBegins) heard.greeted();
      },
      text: (bytes, start, end) => this.#wrapping.read(bytes, start, end, heard),
      ended: (why) => this.#ended(why),
    });
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

  /** From here on faults are those of another run. */
  begin(head: number): void {
    this.#chain?.begin(head);
  }

  /** Who was hung up on lacks the rest, and knows it: clients resume. */
  faults(head: number): Faults {
    return this.#chain?.faults(this.#hasEnded ? this.last : head) ?? noFaults();
  }

  /** `asked`: whether it is to be acknowledged, where that is up to the sender. */
  send(frame: string, i: number, asked: boolean): void {
    this.#socket.send(this.#wrapping.send(frame, i, asked));
  }

  close(): void {
    this.#closing = true;
    this.#socket.close();
  }

  #heard(): Heard {
    const { token, room } = this.seat;
    return {
      greeted: () => {
        for (const frame of this.#wrapping.hello(token, room)) this.#socket.send(frame);
      },
      event: (bytes, start, end) => this.#tookEvent(bytes, start, end),
      acknowledged: (i) => {
        if (this.#tally.answered(i)) this.#acknowledged?.(i, nowUs());
      },
      frame: (frame) => this.#tookFrame(frame),
      reply: (text) => this.#socket.send(text),
    };
  }

  #tookEvent(bytes: Buffer, start: number, end: number): void {
    const event = this.#event;
    const chain = this.#chain;
    if (chain === undefined || !this.#scanned(bytes, start, end, chain) || !this.#sampled(bytes, start, end)) {
      if (this.#tookAnother(bytes, start, end, chain)) return;
      chain?.broken();
      return this.#tally.trouble(contradictions.event);
    }
    // What bears no number and comes late would stand for one of this run.
    if (!this.#wrapping.numbered && !this.#tally.isOfThisRun(event.dueUs)) return;
    chain.take(event.seq, event.prev);
    this.#tally.delivered(event.dueUs, nowUs());
  }

  /** Who joined before the load may be told of during it, in the room and in his inbox: nobody's delivery. */
  #tookAnother(bytes: Buffer, start: number, end: number, chain: Chain | undefined): boolean {
    const { s, p, t, r } = JSON.parse(bytes.toString('utf8', start, end));
    if (!Number.isInteger(s) || !Number.isInteger(p) || t === 'msg') return false;
    if (r !== undefined && r === this.#user) return true;
    if (chain === undefined || r !== this.seat.room) return false;
    chain.take(s, p);
    return true;
  }

  /** What bears no number gets one by its arrival: who got fewer than others in the room lacks a tail. */
  #scanned(bytes: Buffer, start: number, end: number, { last }: Chain): boolean {
    const event = this.#event;
    if (this.#wrapping.numbered) return scanEvent(bytes, start, end, event);
    event.seq = last + 1;
    event.prev = last;
    event.dueUs = scanStamp(bytes, start, end);
    return event.dueUs >= 0;
  }

  /** Parses one in so many events for real; `true` when it says what the bytes said. */
  #sampled(bytes: Buffer, start: number, end: number): boolean {
    if (--this.#untilSample > 0) return true;
    this.#untilSample = sampleEvery;
    const { s, p, r, b } = JSON.parse(bytes.toString('utf8', start, end));
    const { seq, prev, dueUs } = this.#event;
    const numbersFit = this.#wrapping.numbered ? s === seq && p === prev : s === undefined;
    return (
      numbersFit &&
      r === (this.#wrapping.addressed ? this.seat.room : undefined) &&
      Number.parseInt(b.text, 10) === dueUs
    );
  }

  #tookFrame(frame: RareFrame): void {
    const { room } = this.seat;
    if (this.#isRefusal(frame)) return;
    if (frame.t === 'hi') this.#user = frame.u;
    if (frame.t === 'live') this.#chain = new Chain(frame.s ?? 0);
    if (frame.t === 'err') this.#tally.trouble(`refused: ${frame.code}`);
    if (frame.t === (room === undefined ? 'hi' : 'live')) this.#becomeReady();
    if (frame.t === 'err') this.#becomeReady(new Error(`refused: ${frame.code}`));
  }

  #isRefusal({ t, i, code, retry }: RareFrame): boolean {
    if (t !== 'err' || code !== 'busy' || i === undefined || retry === undefined) return false;
    return this.#refused?.(i) ?? false;
  }

  #becomeReady(error?: Error): void {
    const ready = this.#ready;
    this.#ready = undefined;
    ready?.(error);
  }

  #ended(why: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#hasEnded = true;
    this.#socket.close();
    this.#tally.trouble(why);
    this.#becomeReady(new Error(why));
  }
}
