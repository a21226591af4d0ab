import { connect, type Socket } from 'node:net';
import WebSocket from 'ws';
import type { Frame } from '../actors/socket.ts';

export interface ConnectionEvents {
  frame(frame: Frame): void;
  /** Nothing follows. */
  ended(code: number): void;
}

/** One raw WebSocket that can be mistreated. */
export interface Connection {
  /** Names it among all of a run. */
  readonly name: string;
  send(frame: Record<string, unknown>): void;
  /** Reads nothing for that long, as a client does whose network hangs. */
  stall(ms: number): void;
  /** Reads again. */
  read(): void;
  /** Ends in the middle of a frame. */
  cut(): void;
  end(): void;
}

const openMs = 5_000;
/** A server that says nothing for so long, not even `pong`, is given up. */
const silenceMs = 4_000;
const pingMs = 1_000;
let connections = 0;

/** Resolves when the socket is open; rejects when it cannot be. */
export function openConnection(url: string, events: ConnectionEvents): Promise<Connection> {
  let tcp: Socket | undefined;
  const ws = new WebSocket(url, ['gapless.v1'], {
    handshakeTimeout: openMs,
    createConnection: () => {
      tcp = connect({ host: new URL(url).hostname, port: Number(new URL(url).port), noDelay: true });
      return tcp;
    },
  });
  let heardAt = Date.now();
  let stalledUntil = 0;
  const send = (frame: Record<string, unknown>): void => {
    if (ws.readyState === WebSocket.OPEN) ws.send(JSON.stringify(frame));
  };
  const keepAlive = setInterval(() => {
    send({ t: 'ping' });
    if (Date.now() - Math.max(heardAt, stalledUntil) > silenceMs) ws.terminate();
  }, pingMs);
  ws.on('message', (data) => {
    heardAt = Date.now();
    events.frame(JSON.parse(String(data)));
  });
  ws.on('error', () => undefined);

  const connection: Connection = {
    name: `connection ${++connections}`,
    send,
    stall: (ms) => {
      stalledUntil = Date.now() + ms;
      ws.pause();
      setTimeout(() => ws.resume(), ms);
    },
    read: () => ws.resume(),
    cut: () => {
      tcp?.write(halfFrame());
      tcp?.destroy();
    },
    end: () => ws.terminate(),
  };
  return new Promise((resolve, reject) => {
    ws.once('open', () => {
      ws.once('close', (code) => events.ended(code));
      resolve(connection);
    });
    ws.once('close', () => {
      clearInterval(keepAlive);
      reject(new Error(`no socket at ${url}`));
    });
  });
}

/** The head of a masked text frame and a part of what it announces. */
function halfFrame(): Buffer {
  const text = Buffer.from('{"t":"send","i":1,"r":"');
  return Buffer.concat([Buffer.from([0x81, 0x80 | 120, 0, 0, 0, 0]), text]);
}
