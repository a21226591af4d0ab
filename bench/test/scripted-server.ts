import { createServer, type Socket } from 'node:net';
import { closeFrame, eventText, joinText, liveText, room, textFrame } from './server-frames.ts';

/** What becomes of the event with a number. */
export type Fate =
  | 'deliver'
  | 'lose'
  | 'lose for the first'
  | 'double'
  | 'swap'
  | 'stall 200 ms'
  | 'close with 4008'
  | 'a join instead';

export interface Script {
  readonly fate: (seq: number) => Fate;
  /** Bytes a write, to cut frames anywhere. */
  readonly pieces?: number | undefined;
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
    readTexts(socket, (text) => {
      const frame = JSON.parse(text);
      if (frame.t === 'hello') {
        sockets.push(socket);
        socket.write(textFrame(liveText(seq)));
      } else if (frame.t === 'send' && frame.r === room) publish(++seq, Number.parseInt(frame.b.text, 10));
    });
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

function createPublish({ fate, pieces }: Script, sockets: readonly Socket[]) {
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
    const event = textFrame(what === 'a join instead' ? joinText(seq, seq - 1) : eventText(seq, seq - 1, dueUs));
    if (what === 'lose') return;
    if (what === 'swap') {
      held = event;
      return;
    }
    if (what === 'stall 200 ms') stall();
    deliver(event, what === 'lose for the first' ? sockets.slice(1) : sockets);
    if (what === 'double') deliver(event);
    if (what === 'close with 4008') deliver(closeFrame(4008));
    if (held !== undefined) deliver(held);
    held = undefined;
  };
}

/** Answers the handshake, then reads masked text frames. */
function readTexts(socket: Socket, take: (text: string) => void): void {
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
