import { request } from 'node:http';
import { WebSocket } from 'ws';

type Frame = Record<string, unknown> & { t: string };

/** A client without manners: sends what it is told to, remembers everything it got. */
export interface TestClient {
  readonly frames: Frame[];
  readonly socket: WebSocket;
  send(frame: unknown): void;
  sendRaw(data: string | Uint8Array): void;
  /** The first frame, from now or before, that fits; each frame answers once. */
  next(fits: Partial<Frame> | ((frame: Frame) => boolean), deadlineMs?: number): Promise<Frame>;
  /** Close code. */
  readonly closed: Promise<number>;
}

export interface ConnectOptions {
  readonly protocols?: readonly string[];
  readonly headers?: Record<string, string>;
}

export async function connect(port: number, options: ConnectOptions = {}): Promise<TestClient> {
  const { protocols = ['gapless.v1'], headers = {} } = options;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, protocols, { headers });
  const frames: Frame[] = [];
  const taken = new Set<Frame>();
  const waiting = new Set<() => void>();
  socket.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString()));
    for (const wake of waiting) wake();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (_: unknown, response: { statusCode: number }) =>
      reject(new Error(`handshake answered ${response.statusCode}`)),
    );
    socket.once('error', reject);
  });

  const next: TestClient['next'] = (fits, deadlineMs = 5_000) =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const found = frames.find((frame) => !taken.has(frame) && matches(frame, fits));
        if (found === undefined) return;
        taken.add(found);
        clearTimeout(timer);
        waiting.delete(check);
        resolve(found);
      };
      const timer = setTimeout(() => {
        waiting.delete(check);
        const wanted = typeof fits === 'function' ? fits.toString() : JSON.stringify(fits);
        reject(new Error(`no frame ${wanted} among ${JSON.stringify(frames).slice(0, 2_000)}`));
      }, deadlineMs);
      waiting.add(check);
      check();
    });
  return {
    frames,
    socket,
    closed,
    next,
    send: (frame) => socket.send(JSON.stringify(frame)),
    sendRaw: (data) => socket.send(data),
  };
}

function matches(frame: Frame, fits: Partial<Frame> | ((frame: Frame) => boolean)): boolean {
  if (typeof fits === 'function') return fits(frame);
  return Object.entries(fits).every(([key, value]) => frame[key] === value);
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: { code?: string; status?: string };
}

const handshakeHeaders = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** A handshake of which a refusal is expected, or a plain request. */
export function http(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const req = request({ host: '127.0.0.1', port, path, headers, method }, (res) => {
      let text = '';
      res.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: JSON.parse(text) }));
    });
    req.on('upgrade', (res, socket) => {
      socket.destroy();
      resolve({ status: res.statusCode ?? 0, headers: res.headers, body: {} });
    });
    req.on('error', reject);
    req.end();
  });
}

export const handshake = (port: number, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  http(port, '/ws', { ...handshakeHeaders, ...headers });
