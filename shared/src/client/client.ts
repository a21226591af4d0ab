import type { ServerFrameOf } from '../protocol/index.ts';
import type { ClientId, RoomId } from '../schema/index.ts';
import type { Chat, ChatEvents, ClientOptions, Session } from './chat.ts';
import { ChatError } from './chat-error.ts';
import { createClientIds } from './client-id.ts';
import { type Closed, notConnected } from './closed.ts';
import { type Connection, openConnection } from './connection.ts';
import { within } from './deadline.ts';
import { createDelivery } from './delivery.ts';
import { createEvents } from './events.ts';
import { createRequests, type Reply, type Request } from './requests.ts';
import { helloFrames } from './resume.ts';
import { readServerFrame } from './server-frame.ts';
import type { WebSocketConstructor } from './web-socket.ts';

/** One user's connection to Gapless. Nothing happens before `connect`. */
export function createClient(options: ClientOptions): Chat {
  const { url, rooms = 'all', deadlineMs = 10_000, keepAliveMs = 25_000 } = options;
  const WebSocket = options.WebSocket ?? platformWebSocket();
  const events = createEvents<ChatEvents>();
  const delivery = createDelivery(events.emit);
  const requests = createRequests(deadlineMs);
  const ids = createClientIds();
  let connection: Connection | undefined;
  let session: Session | undefined;
  let connecting: Promise<Session> | undefined;

  const ask = async (request: Request): Promise<Reply> => {
    if (connection === undefined) throw new ChatError('unavailable', 'Not connected');
    return requests.ask(request, {
      send: connection.send,
      maxBytes: session?.limits.frame ?? Number.POSITIVE_INFINITY,
    });
  };
  const askInSession = async (request: Request): Promise<Reply> => {
    if (session === undefined) throw new ChatError('unavailable', 'Not connected');
    return ask(request);
  };
  const freshToken = (): Promise<string> => within('token', deadlineMs, Promise.resolve(options.token()));

  const started = (hi: ServerFrameOf<'hi'>): void => {
    session = { id: hi.sid, user: hi.u, limits: hi.lim };
    ids.correct(hi.now);
    delivery.started(hi.gen);
  };
  const received = (data: unknown): void => {
    const read = readServerFrame(data);
    if (read.is === 'nothing') return events.emit('error', new ChatError('bad_frame', 'The server sent no frame'));
    if (read.is === 'event') return delivery.event(read.frame);
    // At once: frames that follow in the same turn belong to the new session.
    if (read.frame.t === 'hi') started(read.frame);
    if (!requests.answered(read.frame)) delivery.frame(read.frame);
  };
  const silent = (): void => {
    ask({ t: 'ping' }).catch(() => connection?.drop('No answer to ping'));
  };
  const closed = (how: Closed): void => {
    const stood = session !== undefined;
    connection = session = undefined;
    requests.abandon(stood ? new ChatError('unknown', 'The connection ended before the answer') : notConnected(how));
    if (stood) events.emit('closed', how);
  };

  const open = async (): Promise<Session> => {
    const tok = await freshToken();
    connection = await openConnection({ WebSocket, url, deadlineMs, keepAliveMs, received, silent, closed });
    try {
      const hello = { t: 'hello', tok, rooms: rooms as 'all' | 'none' | RoomId[] } as const;
      const { parts, last } = helloFrames(hello, delivery.resumeFrom());
      for (const part of parts) connection.send(JSON.stringify(part));
      await ask(last);
    } catch (error) {
      await connection?.close();
      throw error;
    }
    if (session === undefined) throw new ChatError('unavailable', 'The connection ended at once');
    return session;
  };

  return {
    on: events.on,
    connect() {
      if (session !== undefined) return Promise.resolve(session);
      connecting ??= open().finally(() => {
        connecting = undefined;
      });
      return connecting;
    },
    async join(room) {
      const cursor = new Map(delivery.resumeFrom()?.cursors).get(room);
      const since = cursor === undefined ? {} : { since: { [room]: cursor } };
      await askInSession({ t: 'join', rs: [room as RoomId], ...since });
    },
    async leave(room) {
      await askInSession({ t: 'leave', rs: [room as RoomId] });
      delivery.forget(room);
    },
    async send(room, { text }, { clientId = ids.next(), thread } = {}) {
      const message = { t: 'send', r: room as RoomId, c: clientId as ClientId, b: { text } } as const;
      try {
        const reply = await askInSession(thread === undefined ? message : { ...message, re: thread });
        const { s: seq = 0, at = 0, dup } = reply as ServerFrameOf<'ok'>;
        return { seq, at, duplicate: dup === 1, clientId };
      } catch (error) {
        throw error instanceof ChatError ? error.of(clientId) : error;
      }
    },
    async renewToken() {
      await askInSession({ t: 'auth', tok: await freshToken() });
    },
    async close() {
      await connecting?.catch(() => undefined);
      await connection?.close();
    },
  };
}

function platformWebSocket(): WebSocketConstructor {
  const { WebSocket } = globalThis as { WebSocket?: WebSocketConstructor };
  if (WebSocket === undefined) throw new TypeError('This platform has no WebSocket: pass a constructor as `WebSocket`');
  return WebSocket;
}
