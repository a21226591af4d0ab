import { errorCodes } from '@gapless/shared/errors';
import type { Frame } from '../actors/socket.ts';
import type { Connection } from './connection.ts';
import type { Ack, Deed, DeedKind } from './evidence.ts';
import type { Random } from './random.ts';

/** What a client asks for, before it has a client id and an author. */
export interface Wish {
  readonly room: string;
  readonly kind: DeedKind;
  readonly c: string;
  readonly text?: string;
  readonly m?: number;
  readonly e?: string;
  readonly on?: 0 | 1;
  readonly re?: number;
}

interface Open {
  readonly wish: Wish;
  readonly acks: Ack[];
  socket: string;
  place: number;
  firstAskedAt: number;
  attempts: number;
  refused: string | undefined;
  uncertain: boolean;
  /** Asked once more though it was answered: to see that nothing happens twice. */
  repeating: boolean;
}

const answerMs = 6_000;
const pauseMs = { least: 100, most: 300 };
/** This share of what was acknowledged is asked for once more a little later. */
const repeatShare = 0.04;
const repeatAfterMs = { least: 200, most: 4_000 };

/**
 * Asks until it is answered for good: again over the same socket when no answer comes, and over the next one when this one
 * ended, always under the same client id.
 */
export class Outbox {
  readonly #user: string;
  readonly #random: Random;
  readonly #all: Open[] = [];
  readonly #unsettled = new Set<Open>();
  readonly #asked = new Map<number, { open: Open; timer: NodeJS.Timeout }>();
  #connection: Connection | undefined;
  /** Far from the numbers of the member's own questions on the same socket. */
  #next = 1_000_000;
  #repeats = repeatShare;

  constructor(deps: { user: string; random: Random }) {
    this.#user = deps.user;
    this.#random = deps.random;
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  get unsettled(): number {
    return this.#unsettled.size;
  }

  get counts(): { readonly asked: number; readonly acknowledged: number } {
    return { asked: this.#all.length, acknowledged: this.#all.filter(({ acks }) => acks.length > 0).length };
  }

  add(wish: Wish): void {
    const fresh = { acks: [], socket: '', place: 0, firstAskedAt: 0, attempts: 0, refused: undefined };
    const open: Open = { wish, ...fresh, uncertain: false, repeating: false };
    this.#all.push(open);
    this.#unsettled.add(open);
    this.#ask(open);
  }

  connected(connection: Connection): void {
    this.#connection = connection;
    for (const open of this.#unsettled) this.#ask(open);
  }

  disconnected(): void {
    this.#connection = undefined;
    for (const { open, timer } of this.#asked.values()) {
      clearTimeout(timer);
      open.uncertain = true;
    }
    this.#asked.clear();
  }

  /** Whether the frame answers something of here. */
  take(frame: Frame): boolean {
    const asked = this.#asked.get(frame['i'] as number);
    if (asked === undefined) return false;
    this.#asked.delete(frame['i'] as number);
    clearTimeout(asked.timer);
    if (frame.t === 'ok') this.#acknowledge(asked.open, frame['s'] as number);
    else this.#refuse(asked.open, frame as Frame & { code: keyof typeof errorCodes });
    return true;
  }

  /** Asks for nothing more of its own accord. */
  stopRepeating(): void {
    this.#repeats = 0;
  }

  deeds(client: string): Deed[] {
    return this.#all.map(({ wish, acks, socket, place, firstAskedAt, attempts, refused, uncertain }) => {
      const { room, kind, ...content } = wish;
      const told = { client, room, kind, socket, place, firstAskedAt, attempts, acks, uncertain };
      return {
        ...told,
        content: { t: kind, u: this.#user, ...content },
        ...(refused !== undefined && { refused }),
      };
    });
  }

  #ask(open: Open): void {
    if (this.#connection === undefined || !this.#unsettled.has(open)) return;
    const i = ++this.#next;
    if (open.attempts++ === 0) {
      open.socket = this.#connection.name;
      open.place = i;
      open.firstAskedAt = Date.now();
    }
    const again = (): void => {
      open.uncertain = true;
      this.#ask(open);
    };
    // A late answer still counts.
    const timer = setTimeout(again, answerMs);
    this.#asked.set(i, { open, timer });
    this.#connection.send({ ...frameOf(open.wish), i });
  }

  #acknowledge(open: Open, s: number): void {
    open.acks.push({ s, at: Date.now() });
    this.#unsettled.delete(open);
    if (open.acks.length > 1 || !this.#random.chance(this.#repeats)) return;
    setTimeout(() => this.#repeat(open), this.#random.between(repeatAfterMs.least, repeatAfterMs.most));
  }

  #repeat(open: Open): void {
    if (this.#repeats === 0) return;
    open.repeating = true;
    this.#unsettled.add(open);
    this.#ask(open);
  }

  #refuse(open: Open, { code, retry }: { readonly code: keyof typeof errorCodes; readonly retry?: unknown }): void {
    if (code === 'unknown' || code === 'internal') open.uncertain = true;
    if (errorCodes[code].retry || code === 'internal') {
      const pause = this.#random.between(pauseMs.least, pauseMs.most);
      setTimeout(() => this.#ask(open), Math.min(Math.max(pause, Number(retry ?? 0)), 2_000));
      return;
    }
    this.#unsettled.delete(open);
    // What was done before is not undone by a refusal of its repetition: only `conflict` would be a lie.
    if (!open.repeating || code === 'conflict') open.refused = code;
  }
}

function frameOf({ room: r, kind, c, m, text, e, on, re }: Wish): Record<string, unknown> {
  if (kind === 'msg') return { t: 'send', r, c, b: { text }, ...(re !== undefined && { re }) };
  if (kind === 'edit') return { t: 'edit', r, m, c, b: { text } };
  return kind === 'del' ? { t: 'del', r, m, c } : { t: 'react', r, m, c, e, on };
}
