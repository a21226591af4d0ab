import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';

/** As much as Gapless puts into an event, its numbers aside; the text ends it, where the clients look for it. */
export interface ChatMessage {
  readonly v: 1;
  readonly t: 'msg';
  readonly r: string;
  readonly u: string;
  readonly at: number;
  readonly c: string;
  readonly b: { readonly text: string };
}

interface HelloFrame {
  readonly rooms: 'none' | string[];
}

interface SendFrame {
  readonly i: number;
  readonly r: string;
  readonly c: string;
  readonly b: { readonly text: string };
}

interface ToServer {
  hello(frame: HelloFrame, joined: () => void): void;
  send(frame: SendFrame, acknowledge?: (answer: { t: 'ok'; i: number }) => void): void;
}

interface ToClient {
  m(message: ChatMessage): void;
}

/** Hands a message to everybody in its room, on whatever process they are. */
export type Emit = (message: ChatMessage) => void;

const user = '01bench000000000000000user';

/**
 * A chat as Socket.IO's documentation builds one for several processes. `take` does with a message what the stack does;
 * who asked is told once it resolves.
 */
export async function openChatServer(
  redisUrl: string,
  take: (message: ChatMessage, emit: Emit) => Promise<void> | void,
): Promise<{ readonly port: number }> {
  const http = createServer();
  const publisher = new Redis(redisUrl);
  const io = new Server<ToServer, ToClient>(http, {
    adapter: createAdapter(publisher, publisher.duplicate()),
    transports: ['websocket'],
    serveClient: false,
  });
  const emit: Emit = (message) => void io.to(message.r).emit('m', message);
  io.on('connection', (socket) => {
    socket.on('hello', async ({ rooms }, joined) => {
      if (rooms !== 'none') await socket.join(rooms);
      joined();
    });
    socket.on('send', async ({ i, r, c, b }, acknowledge) => {
      await take({ v: 1, t: 'msg', r, u: user, at: Date.now(), c, b }, emit);
      acknowledge?.({ t: 'ok', i });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { port: (http.address() as AddressInfo).port };
}
