import type {
  HttpRequest,
  HttpResponse,
  TemplatedApp,
  us_listen_socket,
  us_socket_context_t,
  WebSocket,
} from 'uWebSockets.js';
import { ConfigError } from '@gapless/shared/config';
import type { Publisher, Socket } from './socket.ts';
import { type Admission, type Handshake, reasons } from './upgrade.ts';

export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  /** Whether other processes of this edge listen on the same port. */
  readonly shared: boolean;
  readonly maxFrameBytes: number;
  readonly idleTimeoutMs: number;
  readonly maxBufferedBytes: number;
}

/** What the server tells of its sockets; `T` is what the owner made of one. */
export interface ServerEvents<T> {
  upgrade(handshake: Handshake): Admission;
  clientAddress(peer: string, forwarded: string): string;
  opened(socket: Socket, admission: Admission & { ok: true }): T;
  /** `bytes` are valid until the call returns. */
  message(owner: T, bytes: Uint8Array, binary: boolean): void;
  /** The socket lost a frame, and perhaps more of which nothing is known. */
  dropped(owner: T): void;
  /** The socket took some of what waited for it. */
  drained(owner: T): void;
  closed(owner: T, code: number): void;
}

export interface Server extends Publisher {
  /** Resolves with the port; rejects with one sentence when it is taken. */
  listen(): Promise<number>;
  stopListening(): void;
  /** Drops every socket that is left, without a close frame. */
  close(): void;
}

/** A native method that is there but not in the typings: `listen` with an address and options. */
type Listen = (host: string, port: number, options: number, done: (socket: us_listen_socket | false) => void) => void;

interface UserData<T> {
  readonly connection: Connection<T>;
}

const { App, us_listen_socket_close, us_socket_local_port } = await load();

const listenShared = 0;
const listenExclusive = 1;

/** The only file that knows uWebSockets.js. */
export function createServer<T>(settings: ServerSettings, events: ServerEvents<T>): Server {
  refuseAborting(settings);
  const app: TemplatedApp = App();
  let listening: us_listen_socket | undefined;

  app.ws<UserData<T>>('/ws', {
    compression: 0,
    maxPayloadLength: Math.max(64 * 1024, settings.maxFrameBytes * 2),
    idleTimeout: Math.round(settings.idleTimeoutMs / 1000),
    maxBackpressure: settings.maxBufferedBytes,
    sendPingsAutomatically: true,
    upgrade: (res, req, context) => answerUpgrade(events, res, req, context),
    open: (ws) => ws.getUserData().connection.opened(ws, events),
    message: (ws, message, binary) => {
      events.message(ws.getUserData().connection.owner, new Uint8Array(message), binary);
    },
    // Called in the midst of a publish: the socket must not end before that is over.
    dropped: (ws) => {
      const { connection } = ws.getUserData();
      setImmediate(() => events.dropped(connection.owner));
    },
    drain: (ws) => events.drained(ws.getUserData().connection.owner),
    close: (ws, code) => {
      const { connection } = ws.getUserData();
      connection.closed();
      events.closed(connection.owner, code);
    },
  });
  app.get('/healthz', (res) => respond(res, '200 OK', { status: 'ok' }));
  app.any('/*', (res) => respond(res, '404 Not Found', { code: 'not_found', msg: 'Sockets are at /ws' }));

  return {
    publish: (topic, frame) => void app.publish(topic, frame, false),
    listen: () =>
      new Promise((resolve, reject) => {
        const { host, port, shared } = settings;
        const done = (socket: us_listen_socket | false): void => {
          if (socket === false) return reject(new ConfigError(`port ${port} of ${host} is taken or not ours to use`));
          listening = socket;
          resolve(us_socket_local_port(socket));
        };
        (app.listen as unknown as Listen).call(app, host, port, shared ? listenShared : listenExclusive, done);
      }),
    stopListening: () => {
      if (listening !== undefined) us_listen_socket_close(listening);
      listening = undefined;
    },
    close: () => {
      listening = undefined;
      app.close();
    },
  };
}

/** A native build: where it does not fit the machine, what the machine is says more than a missing symbol. */
async function load(): Promise<typeof import('uWebSockets.js')> {
  try {
    return await import('uWebSockets.js');
  } catch (cause) {
    const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
    const machine = `${process.platform}-${process.arch}, glibc ${header.glibcVersionRuntime ?? 'none'}`;
    throw new Error(`uWebSockets.js has no build for Node ${process.version} on ${machine}`, { cause });
  }
}

/** The library ends the process on values that it does not like. */
function refuseAborting({ idleTimeoutMs }: ServerSettings): void {
  const seconds = Math.round(idleTimeoutMs / 1000);
  if (!(seconds >= 8 && seconds <= 960)) throw new ConfigError('GAPLESS_IDLE_TIMEOUT_MS must be 8,000 to 960,000');
}

/** `onAborted` comes first: a throw before it ends the process with every socket on it. */
function answerUpgrade<T>(
  events: ServerEvents<T>,
  res: HttpResponse,
  req: HttpRequest,
  context: us_socket_context_t,
): void {
  res.onAborted(() => undefined);
  const peer = Buffer.from(res.getRemoteAddressAsText()).toString('latin1');
  const address = events.clientAddress(peer, req.getHeader('x-forwarded-for'));
  const admission = events.upgrade({
    address,
    origin: req.getHeader('origin'),
    authorization: req.getHeader('authorization'),
    subprotocols: req.getHeader('sec-websocket-protocol'),
  });
  if (!admission.ok) {
    const { status, code, msg } = admission;
    return respond(res, `${status} ${reasons[status]}`, { code, msg });
  }
  const userData: UserData<T> = { connection: new Connection<T>(address, admission) };
  const key = req.getHeader('sec-websocket-key');
  res.upgrade(userData, key, admission.subprotocol, req.getHeader('sec-websocket-extensions'), context);
}

function respond(res: HttpResponse, status: string, body: unknown): void {
  res.cork(() => {
    res.writeStatus(status).writeHeader('content-type', 'application/json');
    if (status.startsWith('429') || status.startsWith('503')) res.writeHeader('retry-after', '2');
    res.end(JSON.stringify(body));
  });
}

/** Guards the native socket, which throws when it is used after its end. */
class Connection<T> implements Socket {
  readonly address: string;
  #admission: (Admission & { ok: true }) | undefined;
  #ws: WebSocket<UserData<T>> | undefined;
  #owner: T | undefined;

  constructor(address: string, admission: Admission & { ok: true }) {
    this.address = address;
    this.#admission = admission;
  }

  get owner(): T {
    return this.#owner as T;
  }

  opened(ws: WebSocket<UserData<T>>, events: ServerEvents<T>): void {
    this.#ws = ws;
    this.#owner = events.opened(this, this.#admission as Admission & { ok: true });
    this.#admission = undefined;
  }

  closed(): void {
    this.#ws = undefined;
  }

  send(frame: string | Uint8Array): void {
    this.#ws?.send(frame, false);
  }

  subscribe(topic: string): void {
    this.#ws?.subscribe(topic);
  }

  unsubscribe(topic: string): void {
    this.#ws?.unsubscribe(topic);
  }

  end(code: number, reason: string): void {
    this.#ws?.end(code, reason);
  }

  bufferedAmount(): number {
    return this.#ws?.getBufferedAmount() ?? 0;
  }

  cork(work: () => void): void {
    if (this.#ws === undefined) work();
    else this.#ws.cork(work);
  }
}
