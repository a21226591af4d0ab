import type { Frame } from '../actors/socket.ts';
import type { EventContent, Replayed, Showing, Shown, ShownEvent } from './evidence.ts';

interface Lag {
  readonly kind: 'lag';
  readonly from: number;
  readonly to: number;
  readonly paged: number[];
}

/** What one client is shown of one room, and its cursor there, kept as `docs/protocol.md` asks clients to. */
export class RoomView {
  readonly room: string;
  /** Whether events come on the connection of now. */
  live = false;
  /** None come any more, as far as one can tell. */
  stopped = false;
  readonly #entries: Shown[] = [];
  #start: number | undefined;
  #cursor = 0;
  /** Where it has to begin again to have every kind of event of what it paged. */
  #behind: number | undefined;
  #replay: (Replayed & { before: number }) | undefined;
  /** On a standing connection what is under way comes first: the replay begins with what follows this cursor. */
  #beginsAt: number | undefined;

  constructor(room: string) {
    this.room = room;
  }

  /** `undefined` until something of the room came. */
  get cursor(): number | undefined {
    return this.#start === undefined ? undefined : this.#cursor;
  }

  /** The cursor before the first range of which it has the pages only. */
  get behind(): number | undefined {
    return this.#behind;
  }

  get shown(): number {
    return this.#entries.length;
  }

  /** A replay was asked for, on a connection that stood before or that begins with it. */
  asked(now: number, { standing, since = this.cursor }: { standing: boolean; since?: number | undefined }): void {
    this.live = false;
    this.stopped = false;
    this.#replay = { askedAt: now, before: 0, standing };
    this.#beginsAt = standing ? since : undefined;
    if (since !== undefined) this.#entries.push({ kind: 'asked', since, standing });
  }

  /** Begins again there; whether that brought all, `lag` tells. */
  rewound(now: number): void {
    this.asked(now, { standing: true, since: this.#behind });
    this.#behind = undefined;
  }

  lacks(above: number): void {
    this.#behind = Math.min(this.#behind ?? above, above);
  }

  /** All that was asked for has come, unless it was said that nothing does. */
  joined(): void {
    if (this.stopped) return;
    this.live = true;
    this.#replay = undefined;
  }

  ended(): void {
    this.live = false;
    this.stopped = true;
    this.#replay = undefined;
  }

  disconnected(): void {
    this.ended();
    this.stopped = false;
  }

  becameLive(s: number): void {
    this.live = true;
    this.stopped = false;
    this.#replay = undefined;
    if (this.#start === undefined) this.#start = this.#cursor = s;
    else this.#entries.push({ kind: 'live', s });
    this.#cursor = Math.max(this.#cursor, s);
  }

  event(frame: Frame & { s: number; p: number }): void {
    const { s, p } = frame;
    // Who is put into a room gets the event that says so, and then hears that the room is live.
    this.#start ??= p;
    const entry: ShownEvent = { kind: 'event', s, p, content: contentOf(frame), at: Date.now() };
    if (p === this.#beginsAt) this.#beginsAt = undefined;
    const replay = this.#beginsAt === undefined ? this.#replay : undefined;
    this.#entries.push(replay === undefined ? entry : { ...entry, replay: { ...replay } });
    if (replay !== undefined) replay.before++;
    this.#cursor = Math.max(this.#cursor, s);
  }

  /** To be paged: whoever pages notes the messages that he finds in `paged`. */
  lag(from: number, to: number): Lag {
    const entry: Lag = { kind: 'lag', from, to, paged: [] };
    if (from - 1 === this.#beginsAt) this.#beginsAt = undefined;
    this.#entries.push(entry);
    this.#cursor = Math.max(this.#cursor, to);
    this.lacks(from - 1);
    return entry;
  }

  showing(client: string, user: string): Showing {
    return { client, user, room: this.room, start: this.#start ?? Number.MAX_SAFE_INTEGER, entries: this.#entries };
  }
}

export function contentOf(event: Readonly<Record<string, unknown>>): EventContent {
  const { b, del, ...plain } = event as unknown as EventContent & { b?: { text: string }; del?: 1 };
  const { t, u, c, m, e, on, re, dupOf, op, us, role, heir } = plain;
  return {
    ...{ t, u },
    ...(c !== undefined && { c }),
    ...(m !== undefined && { m }),
    ...(b !== undefined && { text: b.text }),
    ...(e !== undefined && { e }),
    ...(on !== undefined && { on }),
    ...(re !== undefined && { re }),
    ...(dupOf !== undefined && { dupOf }),
    ...(op !== undefined && { op }),
    ...(us !== undefined && { us }),
    ...(role !== undefined && { role }),
    ...(heir !== undefined && { heir }),
    ...(del === 1 && { masked: true as const }),
  };
}
