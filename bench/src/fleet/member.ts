import { nowUs } from '../load/clock.ts';
import { FrameSocket } from '../load/frame-socket.ts';
import { createClientIds, sendFrame, stampOf } from '../load/message.ts';
import type { FleetTally } from './fleet-tally.ts';

/** Who a member is and what it hears. */
export interface MemberSeat {
  /** Edges, in the order in which they are tried. */
  readonly urls: readonly string[];
  readonly localAddress: string;
  readonly token: string;
  readonly rooms: readonly string[];
  /** Where it resumes at first; a room without one is live from its newest event. */
  readonly since?: Readonly<Record<string, number>>;
}

/** Any frame of a server, as far as a member minds it. */
interface Heard {
  readonly t: string;
  readonly i?: number;
  readonly r?: string;
  readonly s?: number;
  readonly p?: number;
  readonly to?: number;
  readonly gen?: string;
  readonly u?: string;
  readonly inbox?: number;
  readonly after?: number;
  readonly retry?: number;
  readonly code?: string;
  readonly b?: { readonly text: string };
}

interface Waiting {
  readonly room: string;
  readonly frame: string;
}

const backoff = { firstMs: 50, maxMs: 1_000 };
const newClientId = createClientIds();
let requests = 0;

/**
 * One client that behaves as docs/protocol.md says: resumes from its cursors wherever it finds an edge, leaves when told to,
 * and sends what was not acknowledged again. It leaves before it connects, so that whatever comes twice is the server's doing.
 */
export class Member {
  readonly seat: MemberSeat;
  /** Every message that came, by room, in the order in which it came. */
  readonly received = new Map<string, number[]>();
  readonly #tally: FleetTally;
  readonly #cursors: Map<string, number>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #silent = new Set<string>();
  #socket: FrameSocket | undefined;
  #generation: string | undefined;
  /** Its user's id, which is what events of the inbox have for a room. */
  #user: string | undefined;
  #ready: (() => void)[] = [];
  #live = false;
  #lostAtUs: number | undefined;
  #attempt = 0;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(seat: MemberSeat, tally: FleetTally) {
    this.seat = seat;
    this.#tally = tally;
    this.#cursors = new Map(Object.entries(seat.since ?? {}));
  }

  /** Sends that nobody acknowledged yet. */
  get unacknowledged(): number {
    return this.#waiting.size;
  }

  /** Resolves when all its rooms are live; it comes back by itself from then on, until it is closed. */
  connect(): Promise<void> {
    this.#dial();
    return new Promise((resolve) => this.#ready.push(resolve));
  }

  /** `more` makes the text longer. */
  send(room: string, more?: string): void {
    const i = ++requests;
    const frame = sendFrame(i, room, newClientId(), nowUs(), more);
    this.#waiting.set(i, { room, frame });
    if (this.#live) this.#socket?.send(frame);
  }

  /** As if the network were cut; `connect` resumes. */
  cut(): void {
    this.#live = false;
    clearTimeout(this.#retry);
    this.#socket?.close();
    this.#socket = undefined;
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  #dial(): void {
    const { urls, localAddress } = this.seat;
    const { hostname: host, port, pathname: path } = new URL(urls[this.#attempt++ % urls.length] as string);
    this.#socket = new FrameSocket(
      { host, port: Number(port), path, localAddress },
      {
        open: () => this.#greet(),
        text: (bytes, start, end) => this.#hear(JSON.parse(bytes.toString('utf8', start, end))),
        ended: (why) => this.#lost(why),
      },
    );
  }

  #greet(): void {
    const { token, rooms } = this.seat;
    this.#silent.clear();
    for (const room of rooms) this.#silent.add(room);
    const { [this.#user ?? '']: inbox, ...since } = Object.fromEntries(this.#cursors);
    this.#socket?.send(JSON.stringify({ t: 'hello', i: 0, tok: token, rooms, since, inbox, gen: this.#generation }));
  }

  #lost(why: string): void {
    if (this.#live) this.#tally.left(why);
    this.#live = false;
    this.#lostAtUs ??= nowUs();
    clearTimeout(this.#retry);
    const pauseMs = this.#failures++ === 0 ? 0 : Math.min(backoff.maxMs, backoff.firstMs * 2 ** this.#failures);
    this.#retry = setTimeout(() => this.#dial(), pauseMs * (0.5 + Math.random() / 2));
  }

  #hear(frame: Heard): void {
    if (frame.p !== undefined) return this.#event(frame);
    switch (frame.t) {
      case 'hi':
        return this.#welcomed(frame);
      case 'live':
        return this.#becameLive(frame.r as string, frame.s as number);
      case 'lag':
        this.#tally.lags++;
        return void this.#cursors.set(frame.r as string, frame.to as number);
      case 'bye':
        return this.#leave(frame.after ?? 0);
      case 'ok':
        return this.#acknowledged(frame);
      case 'err':
        return this.#refused(frame);
    }
  }

  #welcomed({ gen, u, inbox }: Heard): void {
    this.#generation = gen;
    this.#user = u as string;
    if (!this.#cursors.has(this.#user)) this.#cursors.set(this.#user, inbox as number);
  }

  #event({ t, r, s, p, b }: Heard): void {
    const room = r as string;
    const seq = s as number;
    const cursor = this.#cursors.get(room) ?? 0;
    if (seq <= cursor) return void this.#tally.faults.doubled++;
    if ((p as number) > cursor) this.#tally.faults.lost++;
    this.#cursors.set(room, seq);
    if (t !== 'msg') return;
    const received = this.received.get(room);
    if (received === undefined) this.received.set(room, [seq]);
    else received.push(seq);
    if (this.#live) this.#tally.delivered(nowUs() - stampOf(b?.text ?? ''));
  }

  #becameLive(room: string, seq: number): void {
    this.#cursors.set(room, Math.max(seq, this.#cursors.get(room) ?? 0));
    if (!this.#silent.delete(room) || this.#silent.size > 0) return;
    this.#live = true;
    this.#failures = 0;
    if (this.#lostAtUs !== undefined) this.#tally.resumed(nowUs() - this.#lostAtUs);
    this.#lostAtUs = undefined;
    for (const { frame } of this.#waiting.values()) this.#socket?.send(frame);
    for (const ready of this.#ready.splice(0)) ready();
  }

  #leave(afterMs: number): void {
    const leaving = this.#socket;
    this.#retry = setTimeout(() => {
      if (leaving !== this.#socket) return;
      leaving?.close();
      this.#lost('bye');
    }, afterMs);
  }

  #acknowledged({ i = -1, s = 0 }: Heard): void {
    const waiting = this.#waiting.get(i);
    if (waiting === undefined) return;
    this.#waiting.delete(i);
    this.#tally.acknowledged(waiting.room, s);
  }

  /** Only what is worth it is sent again. */
  #refused({ i = -1, code = '', retry }: Heard): void {
    const waiting = this.#waiting.get(i);
    this.#tally.refused(code);
    if (waiting === undefined || retry === undefined) return;
    setTimeout(() => {
      if (this.#live && this.#waiting.has(i)) this.#socket?.send(waiting.frame);
    }, retry);
  }
}
