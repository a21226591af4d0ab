/** What comes out of a byte stream of a WebSocket server. `bytes` are valid until the call returns. */
export interface FrameSink {
  text(bytes: Buffer, start: number, end: number): void;
  ping(payload: Buffer): void;
  closed(code: number): void;
  /** The stream is no WebSocket stream of a server, or uses what no server here does. Nothing follows. */
  broken(why: string): void;
}

const opcodes = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const;
const finBit = 0x80;
const reservedBits = 0x70;
const maskBit = 0x80;
const noStatus = 1005;
export const maxFrameBytes = 1024 * 1024;

/**
 * Cuts server frames out of the stream where they lie, without copying or decoding: the generator must cost less than the
 * server. Only a frame that is cut off by the end of a chunk is kept.
 */
export class FrameParser {
  readonly #sink: FrameSink;
  #kept: Buffer | undefined;
  #over = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  feed(chunk: Buffer): void {
    if (this.#over) return;
    const bytes = this.#kept === undefined ? chunk : Buffer.concat([this.#kept, chunk]);
    let at = 0;
    while (!this.#over) {
      const next = this.#frame(bytes, at);
      if (next === undefined) break;
      at = next;
    }
    this.#kept = at < bytes.length && !this.#over ? Buffer.from(bytes.subarray(at)) : undefined;
  }

  /** Where the frame ends that begins there; `undefined` when it is not whole. */
  #frame(bytes: Buffer, at: number): number | undefined {
    if (bytes.length - at < 2) return undefined;
    const first = bytes[at] as number;
    const second = bytes[at + 1] as number;
    if ((first & reservedBits) !== 0) return this.#break('reserved bits are set');
    if ((second & maskBit) !== 0) return this.#break('a server does not mask');
    if ((first & finBit) === 0) return this.#break('a frame in pieces');
    const header = second < 126 ? 2 : second === 126 ? 4 : 10;
    if (bytes.length - at < header) return undefined;
    const length = header === 2 ? second : header === 4 ? bytes.readUInt16BE(at + 2) : longLength(bytes, at + 2);
    if (length > maxFrameBytes) return this.#break('a frame is too long');
    const start = at + header;
    const end = start + length;
    if (bytes.length < end) return undefined;
    this.#dispatch(first & 0x0f, bytes, start, end);
    return end;
  }

  #dispatch(opcode: number, bytes: Buffer, start: number, end: number): void {
    switch (opcode) {
      case opcodes.text:
        return this.#sink.text(bytes, start, end);
      case opcodes.ping:
        return this.#sink.ping(bytes.subarray(start, end));
      case opcodes.close:
        this.#over = true;
        return this.#sink.closed(end - start >= 2 ? bytes.readUInt16BE(start) : noStatus);
      case opcodes.pong:
        return;
      default:
        this.#break(`opcode ${opcode}`);
    }
  }

  #break(why: string): undefined {
    this.#over = true;
    this.#sink.broken(why);
  }
}

const longLength = (bytes: Buffer, at: number): number => bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
