import { randomBytes } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { clientFrame, opcodes, serverFrame } from './wire-frames.ts';

/** How a handshake was answered. */
export interface Answered {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface WireEvents {
  text(text: string): void;
  /** With 1006 when it ended without a close frame. */
  closed(code: number): void;
}

/** An open WebSocket, down to its bytes: a library would hide what is to be looked at. */
export interface Wire {
  readonly protocol: string | undefined;
  text(text: string | Buffer): void;
  binary(bytes: Buffer): void;
  close(code: number): void;
  destroy(): void;
}

export interface Opening {
  readonly url: string;
  readonly protocols?: readonly string[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const deadlineMs = 10_000;
const endOfHead = '\r\n\r\n';

/** Resolves with the socket, or with how it was refused. */
export function openWire(opening: Opening, events: WireEvents): Promise<Wire | Answered> {
  return new Promise((resolve, reject) => {
    const tcp = dial(opening.url);
    const timer = setTimeout(() => tcp.destroy(new Error('no answer to the handshake')), deadlineMs);
    let bytes = Buffer.alloc(0);
    const refused = (): void => {
      clearTimeout(timer);
      tcp.destroy();
      if (bytes.includes(endOfHead)) resolve(answered(bytes));
      else reject(new Error('the connection ended before the handshake was answered'));
    };
    const read = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      const head = bytes.indexOf(endOfHead);
      if (head < 0) return;
      const answer = answered(bytes);
      const rest = bytes.subarray(head + endOfHead.length);
      if (answer.status !== 101) return rest.length < bodyLength(answer) ? undefined : refused();
      clearTimeout(timer);
      tcp.off('data', read).off('close', refused);
      resolve(openedWire(tcp, answer, rest, events));
    };
    tcp.on('data', read).on('close', refused).on('error', reject);
    tcp.write(handshake(opening));
  });
}

function dial(url: string): Socket {
  const { protocol, hostname, port } = new URL(url);
  const isSecure = protocol === 'wss:';
  const to = { host: hostname, port: port === '' ? (isSecure ? 443 : 80) : Number(port), noDelay: true };
  return isSecure ? connectTls({ ...to, servername: hostname }) : connectTcp(to);
}

function handshake({ url, protocols = ['gapless.v1'], headers = {} }: Opening): string {
  const { host, pathname, search } = new URL(url);
  const all = {
    Host: host,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Version': '13',
    ...(protocols.length === 0 ? {} : { 'Sec-WebSocket-Protocol': protocols.join(', ') }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`GET ${pathname}${search} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}

function answered(bytes: Buffer): Answered {
  const [head = '', body = ''] = bytes.toString().split(endOfHead, 2);
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status: Number(first.split(' ')[1]), headers: new Map(headers), body };
}

/** Of an answer that ends with the connection there is no telling. */
const bodyLength = ({ headers }: Answered): number => Number(headers.get('content-length') ?? Number.POSITIVE_INFINITY);

function openedWire(tcp: Socket, { headers }: Answered, rest: Buffer, events: WireEvents): Wire {
  let bytes = Buffer.alloc(0);
  let over = false;
  const end = (code: number): void => {
    if (over) return;
    over = true;
    tcp.destroy();
    events.closed(code);
  };
  const take = (opcode: number, payload: Buffer): void => {
    if (opcode === opcodes.text) events.text(payload.toString());
    else if (opcode === opcodes.ping) tcp.write(clientFrame(opcodes.pong, payload));
    else if (opcode === opcodes.close) end(payload.length >= 2 ? payload.readUInt16BE(0) : 1005);
  };
  const read = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    for (let frame = serverFrame(bytes); frame !== undefined && !over; frame = serverFrame(bytes)) {
      bytes = bytes.subarray(frame.end);
      take(frame.opcode, frame.payload);
    }
  };
  tcp.on('data', read).on('close', () => end(1006));
  tcp.on('error', () => end(1006));
  if (rest.length > 0) setImmediate(() => read(rest));
  return {
    protocol: headers.get('sec-websocket-protocol'),
    text: (text) => void tcp.write(clientFrame(opcodes.text, Buffer.from(text))),
    binary: (payload) => void tcp.write(clientFrame(opcodes.binary, payload)),
    close: (code) => {
      const payload = Buffer.alloc(2);
      payload.writeUInt16BE(code);
      tcp.write(clientFrame(opcodes.close, payload));
    },
    destroy: () => {
      over = true;
      tcp.destroy();
    },
  };
}
