export interface HeldEvent {
  readonly seq: number;
  readonly prev: number;
  readonly bytes: Uint8Array;
}

const maxEvents = 256;
const maxBytes = 1024 * 1024;

/** Events of a room that came before their predecessor, in the order of their numbers. */
export class HeldEvents {
  #events: HeldEvent[] = [];
  #bytes = 0;

  get size(): number {
    return this.#events.length;
  }

  first(): HeldEvent | undefined {
    return this.#events[0];
  }

  last(): HeldEvent | undefined {
    return this.#events.at(-1);
  }

  /** Keeps a copy: the bytes belong to a larger buffer. `false` when there is no room: nothing is held then. */
  add(seq: number, prev: number, bytes: Uint8Array): boolean {
    let at = this.#events.length;
    while (at > 0 && (this.#events[at - 1] as HeldEvent).seq > seq) at--;
    if (this.#events[at - 1]?.seq === seq) return true;
    if (this.#events.length >= maxEvents || this.#bytes + bytes.byteLength > maxBytes) {
      this.clear();
      return false;
    }
    this.#events.splice(at, 0, { seq, prev, bytes: bytes.slice() });
    this.#bytes += bytes.byteLength;
    return true;
  }

  shift(): void {
    this.#bytes -= this.#events.shift()?.bytes.byteLength ?? 0;
  }

  clear(): void {
    this.#events = [];
    this.#bytes = 0;
  }
}
