import type { subprotocol } from '../protocol/index.ts';
import type { Clock } from './clock.ts';
import { type Closed, closedBy } from './closed.ts';
import type { WebSocketConstructor } from './web-socket.ts';

/** One socket, from dialling to its end; it never comes back. */
export interface Connection {
  send(text: string): void;
  /** Asks the server to close, and ends at the latest after the deadline. */
  close(): void;
  /** The other side is gone, or not wanted any more: ends now, whatever the socket believes. */
  drop(why: string): void;
  /** When the server was last heard, by the clock. */
  heardAt(): number;
}

export interface ConnectionOptions {
  readonly WebSocket: WebSocketConstructor;
  readonly url: string;
  readonly clock: Clock;
  /** For opening, and for the server's half of a close. */
  readonly deadlineMs: number;
  /** `silent` is called when one of the two sides has said nothing for that time. */
  readonly keepAliveMs: number;
  opened(): void;
  received(data: unknown): void;
  silent(): void;
  /** Once, whatever ends it; nothing follows. */
  closed(closed: Closed): void;
}

const version: typeof subprotocol = 'gapless.v1';
/** What a network that went away without a word looks like (RFC 6455 §7.1.5). */
const abnormal = 1006;

export function openConnection(options: ConnectionOptions): Connection {
  const { clock, deadlineMs, keepAliveMs } = options;
  let phase: 'opening' | 'open' | 'closing' | 'ended' = 'opening';
  let heardAt = clock.now();
  let sentAt = heardAt;
  let cancelDeadline = clock.after(deadlineMs, () => drop(`No connection in ${deadlineMs} ms`));
  let cancelSilence = (): void => undefined;
  const socket = new options.WebSocket(options.url, [version]);

  const end = (code: number, reason: string): void => {
    if (phase === 'ended') return;
    phase = 'ended';
    cancelDeadline();
    cancelSilence();
    options.closed(closedBy(code, reason));
  };
  function drop(why: string): void {
    end(abnormal, why);
    socket.close();
  }
  const listen = (ms = keepAliveMs): void => {
    cancelSilence = clock.after(ms, () => {
      const left = Math.min(sentAt, heardAt) + keepAliveMs - clock.now();
      if (left > 0) return listen(left);
      listen();
      options.silent();
    });
  };

  socket.addEventListener('open', () => {
    if (phase !== 'opening') return;
    phase = 'open';
    cancelDeadline();
    heardAt = sentAt = clock.now();
    listen();
    options.opened();
  });
  socket.addEventListener('message', ({ data }) => {
    if (phase !== 'open') return;
    heardAt = clock.now();
    options.received(data);
  });
  // What went wrong, browsers do not tell; the close that follows ends it.
  socket.addEventListener('error', () => undefined);
  socket.addEventListener('close', ({ code, reason }) => end(code, reason));

  return {
    send: (text) => {
      if (phase !== 'open') return;
      sentAt = clock.now();
      try {
        socket.send(text);
      } catch {
        // Some throw when they know before us that the other side is gone.
        drop('The socket takes nothing');
      }
    },
    close: () => {
      if (phase === 'ended') return;
      phase = 'closing';
      cancelDeadline();
      cancelDeadline = clock.after(deadlineMs, () => drop('No answer to close'));
      socket.close(1000);
    },
    drop,
    heardAt: () => heardAt,
  };
}
