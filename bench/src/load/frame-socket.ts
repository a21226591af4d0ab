import { createConnection, type Socket } from 'node:net';
import { handshakeRequest, maskedPong, maskedText } from './client-frames.ts';
import { FrameParser } from './frame-parser.ts';

/** Where a client connects to, and from which address of this machine. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly localAddress: string;
}

export interface FrameEvents {
  /** The handshake is done: frames may be sent. */
  open(): void;
  /** `bytes` are valid until the call returns. */
  text(bytes: Buffer, start: number, end: number): void;
  /** Once, for whatever reason but its own `close`. */
  ended(why: string): void;
}

/** All sockets read into the same memory: what is read is dealt with before the next read. */
const readBuffer = Buffer.allocUnsafe(256 * 1024);
const endOfHandshake = '\r\n\r\n';

/** A WebSocket over a bare TCP socket: a client library would cost more than the server. */
export class FrameSocket {
  readonly #endpoint: Endpoint;
  readonly #events: FrameEvents;
  readonly #tcp: Socket;
  readonly #parser: FrameParser;
  #greeting: Buffer | undefined = Buffer.alloc(0);
  #closing = false;

  constructor(endpoint: Endpoint, events: FrameEvents) {
    this.#endpoint = endpoint;
    this.#events = events;
    this.#parser = new FrameParser({
      text: (bytes, start, end) => {
        if (!this.#closing) events.text(bytes, start, end);
      },
      ping: (payload) => this.#tcp.write(maskedPong(payload)),
      closed: (code) => this.#ended(`closed with ${code}`),
      broken: (why) => this.#ended(why),
    });
    this.#tcp = this.#connect();
  }

  send(frame: string): void {
    this.#tcp.write(maskedText(frame));
  }

  /** Reads no more until `resume`. */
  pause(): void {
    this.#tcp.pause();
  }

  resume(): void {
    this.#tcp.resume();
  }

  close(): void {
    this.#closing = true;
    this.#tcp.destroy();
  }

  #connect(): Socket {
    const { host, port, path, localAddress } = this.#endpoint;
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
    this.#events.open();
    this.#parser.feed(bytes.subarray(end + endOfHandshake.length));
  }

  #ended(why: string): void {
    if (this.#closing) return;
    this.close();
    this.#events.ended(why);
  }
}

/** A socket to that address, and the moment in which it may be used: that rejects when it ends before. */
export function dial(
  url: string,
  localAddress: string,
  { text, ended }: Omit<FrameEvents, 'open'>,
): { readonly socket: FrameSocket; readonly opened: Promise<void> } {
  const { hostname: host, port, pathname, search } = new URL(url);
  let [open, failed]: [() => void, (error: Error) => void] = [() => undefined, () => undefined];
  const opened = new Promise<void>((resolve, reject) => {
    [open, failed] = [resolve, reject];
  });
  const socket = new FrameSocket(
    { host, port: Number(port), path: pathname + search, localAddress },
    {
      ...{ open, text },
      ended: (why) => {
        failed(new Error(why));
        ended(why);
      },
    },
  );
  return { socket, opened };
}
