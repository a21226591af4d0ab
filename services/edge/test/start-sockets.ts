import type { Test } from 'tap';
import { WebSocket } from 'ws';
import { createServer, type Server } from '../src/server.ts';
import type { Socket } from '../src/socket.ts';

export interface ServedSocket {
  readonly socket: Socket;
  /** What its client got, as text. */
  readonly got: string[];
}

/** The server of sockets alone, with whoever connects to it. */
export async function startSockets(t: Test): Promise<{ server: Server; connect: () => Promise<ServedSocket> }> {
  const sockets: Socket[] = [];
  const clients: WebSocket[] = [];
  const nothing = () => undefined;
  const server = createServer<Socket>(
    {
      host: '127.0.0.1',
      port: 0,
      shared: false,
      maxFrameBytes: 1_024,
      idleTimeoutMs: 60_000,
      maxBufferedBytes: 2 ** 20,
    },
    {
      ...{ message: nothing, dropped: nothing, drained: nothing, closed: nothing },
      clientAddress: (peer) => peer,
      upgrade: () => ({ ok: true, identity: undefined, unjudged: undefined, subprotocol: '' }),
      opened: (socket) => {
        sockets.push(socket);
        return socket;
      },
    },
  );
  const port = await server.listen();
  t.teardown(() => {
    for (const client of clients) client.terminate();
    server.close();
  });
  const connect = async (): Promise<ServedSocket> => {
    const client = new WebSocket(`ws://127.0.0.1:${port}/ws`, []);
    clients.push(client);
    const got: string[] = [];
    client.on('message', (data: Buffer) => got.push(data.toString()));
    await new Promise((resolve) => client.on('open', resolve));
    return { socket: sockets.at(-1) as Socket, got };
  };
  return { server, connect };
}
