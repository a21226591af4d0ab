import { createClient } from '../../src/client/client.ts';
import type { Client, ClientEvent, ClientOptions, WebSocketLike } from '../../src/client/index.ts';
import { FakeClock, settled } from './fake-clock.ts';

export const room = '01j00000000000000000000001';
export const otherRoom = '01j00000000000000000000009';
export const user = '01j00000000000000000000002';

export interface Frame {
  readonly t: string;
  readonly [key: string]: unknown;
}

type Listener = (event: never) => void;
type Answer = (frame: Frame, socket: FakeSocket) => Frame | undefined;

/** The client's end of a socket; the test is the other one. */
export class FakeSocket implements WebSocketLike {
  readonly sent: Frame[] = [];
  readonly url: string;
  readonly protocols: readonly string[];
  closedWith: number | undefined;
  #ended = false;
  readonly #listeners = new Map<string, Listener[]>();
  readonly #answer: (frame: Frame) => void;

  constructor(url: string, protocols: string[], answer: (frame: Frame, socket: FakeSocket) => void) {
    this.url = url;
    this.protocols = protocols;
    this.#answer = (frame) => answer(frame, this);
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  send(text: string): void {
    const frame: Frame = JSON.parse(text);
    this.sent.push(frame);
    queueMicrotask(() => this.#answer(frame));
  }

  /** A server that lives answers a close at once. */
  close(code = 1005): void {
    this.closedWith ??= code;
    queueMicrotask(() => this.end(code));
  }

  open(): void {
    this.#tell('open', {});
  }

  say(...frames: readonly (object | string)[]): void {
    for (const frame of frames) {
      if (!this.#ended) this.#tell('message', { data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
    }
  }

  end(code: number, reason = ''): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#tell('close', { code, reason });
  }

  #tell(type: string, event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never);
  }
}

export const hi = ({ i }: Frame, gen = 'first', now = 1_700_000_000_000): Frame => ({
  ...{ t: 'hi', i, v: 1, sid: '01j00000000000000000000003', u: user, now, caps: [], gen },
  lim: { frame: 16_384, text: 1_000, rooms: 500, idle: 60_000 },
});
export const ok = ({ i }: Frame, more: object = {}): Frame => ({ t: 'ok', i, ...more });
export const err = ({ i }: Frame, code: string, retry?: number): Frame => ({
  ...{ t: 'err', i, code, msg: `it is ${code}` },
  ...(retry === undefined ? {} : { retry }),
});
export const message = (s: number, p: number, r = room): Frame => ({
  ...{ s, p, v: 1, t: 'msg', r, u: user, at: 1_000 + s, c: `0190aaaa-0000-7000-8000-${String(s).padStart(12, '0')}` },
  b: { text: `message ${s}` },
});
/** A token that ends at that time. */
export const tokenUntil = (endMs: number, name = ''): string =>
  `${name}.${btoa(JSON.stringify({ exp: endMs / 1_000 })).replaceAll('=', '')}.s`;

export interface FakeEdge {
  readonly clock: FakeClock;
  readonly sockets: readonly FakeSocket[];
  /** How each operation is answered; a test may change it as it goes. */
  readonly script: Record<string, Answer>;
  readonly told: ClientEvent[];
  readonly client: Client;
  /** The newest socket. */
  socket(): FakeSocket;
  /** Another client of the same edge. */
  another(options?: Partial<ClientOptions>): Client;
  toldOf<T extends ClientEvent['type']>(...types: T[]): Extract<ClientEvent, { type: T }>[];
  sentOf(op: string): Frame[];
  /** Connects, with the session standing. */
  connect(): Promise<void>;
}

interface Options extends Partial<ClientOptions> {
  readonly random?: number;
  /** What the api answers. */
  readonly fetch?: typeof fetch;
  /** Sockets open by themselves. */
  readonly opens?: boolean;
}

/** A client whose sockets end in the test, and whose time is the test's. */
export function startFakeEdge({ random = 0, opens = true, fetch, ...options }: Options = {}): FakeEdge {
  const clock = new FakeClock();
  const sockets: FakeSocket[] = [];
  const script: Record<string, Answer> = {
    hello: (frame) => (frame['more'] === 1 ? undefined : hi(frame, 'first', clock.now())),
    ping: ({ i }) => ({ t: 'pong', i, now: clock.now() }),
    join: (frame) => ok(frame),
    leave: (frame) => ok(frame),
  };
  const answer = (frame: Frame, socket: FakeSocket): void => {
    const reply = script[frame.t]?.(frame, socket);
    if (reply !== undefined) socket.say(reply);
  };
  class ScriptedSocket extends FakeSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, answer);
      sockets.push(this);
      if (opens) queueMicrotask(() => this.open());
    }
  }
  const another = (over: Partial<ClientOptions> = {}): Client =>
    createClient(
      { url: 'ws://one.test/ws', token: () => 'a-token', WebSocket: ScriptedSocket, ...options, ...over },
      { clock, random: () => random, ...(fetch === undefined ? {} : { fetch }) },
    );
  const client = another();
  const told: ClientEvent[] = [];
  client.on('*', (event) => told.push(event));
  const edge: FakeEdge = {
    ...{ clock, sockets, script, told, client, another },
    socket: () => {
      const socket = sockets.at(-1);
      if (socket === undefined) throw new Error('no socket was opened');
      return socket;
    },
    toldOf: <T extends ClientEvent['type']>(...types: T[]) =>
      told.filter((event): event is Extract<ClientEvent, { type: T }> => types.includes(event.type as T)),
    sentOf: (op) => sockets.flatMap(({ sent }) => sent).filter(({ t }) => t === op),
    connect: async () => {
      await client.connect();
      await settled();
    },
  };
  return edge;
}

/** The code that a promise is rejected with. */
export const codeOf = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => (error as { code: string }).code,
  );
