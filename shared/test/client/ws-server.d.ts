declare module 'ws' {
  export interface ServerSocket {
    readonly protocol: string;
    send(text: string): void;
    close(code?: number, reason?: string): void;
    terminate(): void;
    on(event: 'message', listener: (data: Buffer) => void): void;
    on(event: 'close', listener: (code: number) => void): void;
  }
  export class WebSocketServer {
    constructor(options: { host: string; port: number });
    readonly clients: Set<ServerSocket>;
    on(event: 'connection', listener: (socket: ServerSocket) => void): void;
    once(event: 'listening', listener: () => void): void;
    address(): { port: number };
    close(done: () => void): void;
  }
}
