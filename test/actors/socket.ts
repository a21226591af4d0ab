import { createClientIds } from '@gapless/shared/client';
import type { RoomId } from '@gapless/shared/schema';
import WebSocket from 'ws';
import type { Person } from './person.ts';

export type Frame = Readonly<Record<string, unknown>> & { readonly t: string };
export type EventFrame = Frame & { readonly r: RoomId; readonly s: number; readonly p: number; readonly c?: string };

const ids = createClientIds();
/** Dated, as a well-behaved client makes them. */
export const newClientId = (): string => ids.next();

/** A raw WebSocket that remembers every frame; nothing of the project's client in it. */
export class Socket {
  readonly frames: Frame[] = [];
  closed: { code: number; reason: string } | undefined;
  readonly #ws: WebSocket;
  readonly #replies = new Map<number, (frame: Frame) => void>();
  readonly #waiting = new Set<() => void>();
  #next = 1;

  constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.on('message', (data) => this.#take(JSON.parse(String(data))));
    ws.on('error', () => undefined);
    ws.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
      for (const [i, reply] of this.#replies) reply({ t: 'closed', i });
      this.#replies.clear();
      this.#wake();
    });
  }

  /** Sends and waits for the reply; `{t:'closed'}` when the socket ends first. */
  request(frame: Record<string, unknown>, deadlineMs = 20_000): Promise<Frame> {
    if (this.closed !== undefined) return Promise.resolve({ t: 'closed' });
    const i = this.#next++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve({ t: 'silence', i }), deadlineMs);
      this.#replies.set(i, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      this.write({ ...frame, i });
    });
  }

  send(room: RoomId, text: string, clientId: string = newClientId()): Promise<Frame> {
    return this.request({ t: 'send', r: room, c: clientId, b: { text } });
  }

  write(frame: unknown): void {
    this.#ws.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** Events of a room as they came. */
  events(room: RoomId): EventFrame[] {
    return this.frames.filter((frame) => frame['r'] === room && 'p' in frame) as EventFrame[];
  }

  async until(what: string, check: (socket: Socket) => boolean, deadlineMs = 20_000): Promise<void> {
    const end = Date.now() + deadlineMs;
    while (!check(this)) {
      const left = end - Date.now();
      if (left <= 0) throw new Error(`never came: ${what}; last frames: ${JSON.stringify(this.frames.slice(-3))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, Math.min(left, 100));
        const waiting = this.#waiting;
        function done() {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
        waiting.add(done);
      });
    }
  }

  close(): Promise<void> {
    if (this.#ws.readyState === WebSocket.CLOSED) return Promise.resolve();
    return new Promise((resolve) => {
      this.#ws.once('close', () => resolve());
      this.#ws.close();
    });
  }

  terminate(): void {
    this.#ws.terminate();
  }

  #take(frame: Frame): void {
    this.frames.push(frame);
    const reply = this.#replies.get(frame['i'] as number);
    this.#replies.delete(frame['i'] as number);
    reply?.(frame);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}

export function openRaw(
  url: string,
  options: WebSocket.ClientOptions = {},
  protocols: string[] = ['gapless.v1'],
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, protocols, { ...options, handshakeTimeout: 10_000 });
    const socket = new Socket(ws);
    ws.once('open', () => resolve(socket));
    ws.once('error', reject);
    ws.once('unexpected-response', (_request, response) =>
      reject(new Error(`handshake answered ${response.statusCode}`)),
    );
  });
}

/** Connected, greeted, and live in the rooms that were asked for. */
export async function connect(
  url: string,
  person: Pick<Person, 'token'>,
  rooms: 'all' | 'none' | RoomId[] = 'all',
  hello: object = {},
): Promise<Socket> {
  const socket = await openRaw(url);
  const hi = await socket.request({ t: 'hello', tok: person.token, rooms, ...hello });
  if (hi.t !== 'hi') throw new Error(`hello answered ${JSON.stringify(hi)}`);
  if (rooms !== 'none') await socket.until('the rooms to be live', isLive);
  return socket;
}

function isLive(socket: Socket): boolean {
  const pages = socket.frames.filter(({ t }) => t === 'rooms');
  if (pages.length === 0 || pages.at(-1)?.['more'] === 1) return false;
  const rooms = pages.flatMap((page) => page['rs'] as { r: string }[]);
  const live = new Set(socket.frames.filter(({ t }) => t === 'live').map((frame) => frame['r']));
  return rooms.every(({ r }) => live.has(r));
}
