import type { subprotocol } from '../protocol/index.ts';
import { type Closed, closedBy, notConnected } from './closed.ts';
import type { WebSocketConstructor } from './web-socket.ts';

/** One socket, from open to closed; it never comes back. */
export interface Connection {
  send(text: string): void;
  /** Resolves when the server has closed too, or did not in time. */
  close(): Promise<void>;
  /** The other side is gone, though the socket does not know it yet. */
  drop(why: string): void;
}

export interface ConnectionOptions {
  readonly WebSocket: WebSocketConstructor;
  readonly url: string;
  readonly deadlineMs: number;
  /** `silent` is called after that time without a frame sent. */
  readonly keepAliveMs: number;
  received(data: unknown): void;
  silent(): void;
  closed(closed: Closed): void;
}

const version: typeof subprotocol = 'gapless.v1';

/** Rejects with a `ChatError` when the socket does not open in time; afterwards `closed` is called, once. */
export function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { deadlineMs, keepAliveMs } = options;
  return new Promise((resolve, reject) => {
    const socket = new options.WebSocket(options.url, [version]);
    let phase: 'opening' | 'open' | 'ended' = 'opening';
    let asked = false;
    let closing: Promise<void> | undefined;
    let finished: (() => void) | undefined;
    const end = (code: number, reason: string): void => {
      if (phase === 'ended') return;
      const closed = closedBy(code, reason, asked);
      const wasOpen = phase === 'open';
      phase = 'ended';
      for (const timer of [overdue, keepAlive]) clearTimeout(timer);
      finished?.();
      if (wasOpen) options.closed(closed);
      else reject(notConnected(closed));
    };
    const drop = (why: string): void => {
      end(1006, why);
      socket.close();
    };
    let overdue = setTimeout(drop, deadlineMs, `No connection in ${deadlineMs} ms`);
    let keepAlive: ReturnType<typeof setTimeout> | undefined;
    const rest = (): void => {
      clearTimeout(keepAlive);
      keepAlive = setTimeout(options.silent, keepAliveMs);
    };
    const connection: Connection = {
      send: (text) => {
        if (phase !== 'open') return;
        socket.send(text);
        rest();
      },
      close: () => {
        closing ??= new Promise((done) => {
          if (phase === 'ended') return done();
          finished = done;
          asked = true;
          socket.close(1000);
          overdue = setTimeout(drop, deadlineMs, 'No answer to close');
        });
        return closing;
      },
      drop,
    };
    socket.addEventListener('open', () => {
      if (phase !== 'opening') return;
      phase = 'open';
      clearTimeout(overdue);
      rest();
      resolve(connection);
    });
    socket.addEventListener('message', ({ data }) => {
      if (phase === 'open') options.received(data);
    });
    // What went wrong, browsers do not tell; the close that follows ends it.
    socket.addEventListener('error', () => undefined);
    socket.addEventListener('close', ({ code, reason }) => end(code, reason));
  });
}
