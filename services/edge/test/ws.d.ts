/** The package brings no types of its own: what the tests use of it. */
declare module 'ws' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export class WebSocket extends EventEmitter {
    constructor(url: string, protocols: readonly string[], options?: { headers?: Record<string, string> });
    readonly protocol: string;
    readonly readyState: number;
    readonly _socket: Socket;
    send(data: string | Uint8Array): void;
    close(): void;
    terminate(): void;
    pause(): void;
    resume(): void;
  }
}
