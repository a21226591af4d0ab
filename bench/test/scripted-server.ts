import { createServer, type Socket } from 'node:net';
import type { Dialect } from '../src/stack.ts';
import {
  addedText,
  closeFrame,
  eventText,
  hiText,
  joinText,
  liveText,
  room,
  textFrame,
  unnumbered,
} from './server-frames.ts';

/** What becomes of the event with a number. */
export type Fate =
  | 'deliver'
  | 'lose'
  | 'lose for the first'
  | 'double'
  | 'swap'
  | 'stall 200 ms'
  | 'close with 4008'
  | 'a join instead'
  | 'behind news of the inbox';

export interface Script {
  readonly fate: (seq: number) => Fate;
  /** Bytes a write, to cut frames anywhere. */
  readonly pieces?: number | undefined;
  /** What is answered for the send with that number in place of doing it; everything else is only published. */
  readonly refusal?: (i: number) => object | undefined;
  readonly dialect?: Dialect | undefined;
}

export interface ScriptedServer {
  readonly port: number;
  close(): void;
}

const stallMs = 200;

/** A bare TCP server that speaks just enough of the protocol to be wrong in it on purpose. */
export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const sockets: Socket[] = [];
  const publish = createPublish(script, sockets);
  let seq = 0;
  const server = createServer((socket) => {
    socket.setNoDelay();
    socket.on('error', () => socket.destroy());
    const take = (text: string, welcome: readonly string[]): void => {
      const frame = JSON.parse(text);
      if (frame.t === 'hello') {
        sockets.push(socket);
        socket.write(Buffer.concat(welcome.map(textFrame)));
        return;
      }
      const refusal = script.refusal?.(frame.i);
      if (refusal !== undefined) socket.write(textFrame(JSON.stringify(refusal)));
      else if (frame.t === 'send' && frame.r === room) publish(++seq, Number.parseInt(frame.b.text, 10));
    };
    if (script.dialect === 'socket.io') readTexts(socket, socketIo(socket, take), '0{"sid":"a"}');
    else readTexts(socket, (text) => take(text, [hiText, liveText(seq)]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Takes the frames out of what Socket.IO has around them. */
const socketIo =
  (socket: Socket, take: (text: string, welcome: readonly string[]) => void) =>
  (text: string): void => {
    if (text === '40') socket.write(textFrame('40{"sid":"b"}'));
    else take(JSON.stringify(JSON.parse(text.slice(text.indexOf('[')))[1]), ['430[]']);
  };

function createPublish({ fate, pieces, dialect }: Script, sockets: readonly Socket[]) {
  let held: Buffer | undefined;
  let stalled: (() => void)[] | undefined;

  const write = (bytes: Buffer, to: readonly Socket[]): void => {
    for (const socket of to) {
      const step = pieces ?? bytes.length;
      for (let at = 0; at < bytes.length; at += step) socket.write(bytes.subarray(at, at + step));
    }
  };
  /** What is written while the server stalls comes at its end, in order. */
  const deliver = (bytes: Buffer, to = sockets): void => {
    if (stalled === undefined) write(bytes, to);
    else stalled.push(() => write(bytes, to));
  };
  const stall = (): void => {
    stalled = [];
    setTimeout(() => {
      const waiting = stalled ?? [];
      stalled = undefined;
      for (const work of waiting) work();
    }, stallMs);
  };

  return (seq: number, dueUs: number): void => {
    const what = fate(seq);
    const text = what === 'a join instead' ? joinText(seq, seq - 1) : eventText(seq, seq - 1, dueUs);
    const event = textFrame(dialect === 'socket.io' ? `42["m",${unnumbered(text)}]` : text);
    if (what === 'lose') return;
    if (what === 'swap') {
      held = event;
      return;
    }
    if (what === 'stall 200 ms') stall();
    if (what === 'behind news of the inbox') deliver(textFrame(addedText(seq + 1_000, seq - 1)));
    deliver(event, what === 'lose for the first' ? sockets.slice(1) : sockets);
    if (what === 'double') deliver(event);
    if (what === 'close with 4008') deliver(closeFrame(4008));
    if (held !== undefined) deliver(held);
    held = undefined;
  };
}

/** Answers the handshake, greets if it is to, then reads masked text frames. */
function readTexts(socket: Socket, take: (text: string) => void, greeting?: string): void {
  let greeted = false;
  let kept: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]);
    const end = kept.indexOf('\r\n\r\n');
    if (!greeted && end < 0) return;
    if (!greeted) {
      kept = kept.subarray(end + 4);
      greeted = true;
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      if (greeting !== undefined) socket.write(textFrame(greeting));
    }
    for (let next = cut(kept); next !== undefined; next = cut(kept)) {
      kept = next.rest;
      take(next.text);
    }
  });
}

function cut(bytes: Buffer): { text: string; rest: Buffer } | undefined {
  if (bytes.length < 4) return undefined;
  const short = (bytes[1] as number) & 0x7f;
  const start = (short === 126 ? 4 : 2) + 4;
  const end = start + (short === 126 ? bytes.readUInt16BE(2) : short);
  if (bytes.length < end) return undefined;
  const mask = bytes.subarray(start - 4, start);
  const text = Buffer.from(bytes.subarray(start, end)).map((byte, n) => byte ^ (mask[n & 3] as number));
  return { text: Buffer.from(text).toString(), rest: bytes.subarray(end) };
}
