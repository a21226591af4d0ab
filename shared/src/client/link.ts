import type { ServerFrame, ServerFrameOf } from '../protocol/index.ts';
import { ChatError } from './chat-error.ts';
import type { Emit } from './client-event.ts';
import type { ClientRequest, RequestOf } from './client-request.ts';
import type { Clock } from './clock.ts';
import { type Closed, refusedBy } from './closed.ts';
import { createComeback } from './comeback.ts';
import { type Connection, openConnection } from './connection.ts';
import { createPacer } from './pacer.ts';
import { createRenewal } from './renewal.ts';
import { createRequests, type Reply } from './requests.ts';
import { type EventFrame, readServerFrame, type SignalFrame } from './server-frame.ts';
import { type Session, toSession } from './session.ts';
import type { Tokens } from './tokens.ts';
import type { WebSocketConstructor } from './web-socket.ts';

/**
 * `connecting`: a token, then a socket. `greeting`: `hello` is on its way. `waiting`: for the next attempt. Only `live` serves.
 * From `idle` it goes on with `connect`, from `closed` never.
 */
export type LinkState = 'idle' | 'connecting' | 'greeting' | 'live' | 'waiting' | 'closed';

/** One session at a time, over as many connections as that takes. */
export interface Link {
  state(): LinkState;
  /** Resolves when a session stands; rejects when the server will not have it. A pause ends at once. */
  connect(): Promise<Session>;
  /** Rejects with `unavailable` when no session stands, with `unknown` when it ended before the answer. */
  ask(request: ClientRequest): Promise<Reply>;
  /** Says what needs no answer, if a session stands. */
  tell(request: ClientRequest): void;
  maxFrameBytes(): number;
  close(): Promise<void>;
}

export interface LinkDeps {
  readonly WebSocket: WebSocketConstructor;
  /** Tried in turn. */
  readonly urls: readonly string[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly deadlineMs: number;
  readonly keepAliveMs: number;
  readonly tokens: Tokens;
  readonly emit: Emit;
  readonly greeting: (token: string) => RequestOf<'hello'>[];
  /** Called before anything that follows `hi` is handed on. */
  readonly live: (hi: ServerFrameOf<'hi'>) => void;
  readonly lost: () => void;
  readonly event: (frame: EventFrame) => void;
  readonly frame: (frame: ServerFrame | SignalFrame) => void;
}

interface Waiter {
  resolve(session: Session): void;
  reject(error: ChatError): void;
}

/** Every installation takes frames of that size (docs/protocol.md §Limits). */
const leastFrameBytes = 16 * 1024;

export function createLink(deps: LinkDeps): Link {
  const { urls, clock, random, deadlineMs, tokens, emit } = deps;
  const comeback = createComeback({ clock, random, urls: urls.length });
  const pacer = createPacer({ clock });
  const waiters = new Set<Waiter>();
  let state: LinkState = 'idle';
  let connection: Connection | undefined;
  let session: Session | undefined;
  /** Why the server would not greet. */
  let refusal: ChatError | undefined;
  let cancelTimer = (): void => undefined;
  let ended = (): void => undefined;
  const whenEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });

  const requests = createRequests({
    clock,
    deadlineMs,
    // Silence since then: not the answer is late, the connection is dead.
    overdue: (askedAt) => {
      if (connection !== undefined && connection.heardAt() <= askedAt) connection.drop('No answer');
    },
  });
  const maxFrameBytes = (): number => session?.limits.frame ?? leastFrameBytes;
  const send = (text: string): void => connection?.send(text);
  const write = (request: ClientRequest): Promise<Reply> =>
    new Promise((resolve, reject) => {
      pacer.pass(() => requests.ask(request, { maxBytes: maxFrameBytes(), send }).then(resolve, reject), reject);
    });
  const say = (request: ClientRequest): void => pacer.pass(() => send(JSON.stringify(request)), unsaid);
  const ask = async (request: ClientRequest): Promise<Reply> => {
    if (state !== 'live') throw new ChatError('unavailable', 'Not connected');
    return write(request);
  };
  const renewal = createRenewal({ tokens, clock, random, emit, present: (tok) => ask({ t: 'auth', tok }) });

  const dial = async (): Promise<void> => {
    state = 'connecting';
    let token: string;
    try {
      token = await tokens.get();
    } catch (error) {
      if (state !== 'connecting') return;
      state = 'waiting';
      emit({ type: 'error', error: error as ChatError });
      return pause(comeback.pauseMs());
    }
    // `close` may have come between.
    if (state === 'connecting') open(token);
  };
  const open = (token: string): void => {
    connection = openConnection({
      ...deps,
      url: urls[comeback.turn()] as string,
      opened: () => void greet(token),
      received,
      silent: () => void write({ t: 'ping' }).catch(noPong),
      closed,
    });
  };
  const greet = async (token: string): Promise<void> => {
    const mine = connection;
    state = 'greeting';
    const frames = deps.greeting(token);
    const last = frames.pop() as RequestOf<'hello'>;
    for (const frame of frames) say(frame);
    try {
      await write(last);
    } catch (error) {
      if (connection !== mine || state !== 'greeting') return;
      refusal = error as ChatError;
      mine?.drop(refusal.message);
    }
  };

  const received = (data: unknown): void => {
    if (state === 'closed') return;
    const read = readServerFrame(data);
    if (read.is === 'nothing') {
      return emit({ type: 'error', error: new ChatError('bad_frame', 'The server sent no frame') });
    }
    if (read.is === 'event') return deps.event(read.frame);
    const { frame } = read;
    // At once: frames that follow in the same turn belong to the new session.
    if (frame.t === 'hi' && state === 'greeting') begin(frame);
    if (frame.t === 'bye') return move(frame.after);
    if (requests.answered(frame as ServerFrame)) return;
    deps.frame(frame);
    if (state === 'greeting' && frame.t === 'err') connection?.drop('A part of the greeting was refused');
  };
  const begin = (hi: ServerFrameOf<'hi'>): void => {
    session = toSession(hi);
    state = 'live';
    comeback.stands();
    pacer.begin(hi.lim);
    tokens.correct(hi.now);
    renewal.start();
    emit({ type: 'connected', session });
    deps.live(hi);
    // A socket that took nothing of it has ended it already: they wait for the next one.
    if (session === undefined) return;
    for (const waiter of waiters) waiter.resolve(session);
    waiters.clear();
  };
  /** Stays to the end of that time, for what is under way; then goes to another edge, unless it was closed before. */
  const move = (afterMs: number): void => {
    comeback.notBefore(afterMs);
    cancelTimer();
    cancelTimer = clock.after(afterMs, () => connection?.drop('The edge said bye'));
  };

  const closed = (how: Closed): void => {
    const stood = session !== undefined;
    connection = session = undefined;
    cancelTimer();
    renewal.stop();
    requests.abandon(new ChatError('unknown', 'The connection ended before the answer'));
    pacer.clear(new ChatError('unavailable', 'The connection ended before it was said'));
    if (stood) deps.lost();
    const [why, waiting] = [refusal, [...waiters]];
    refusal = undefined;
    if (state === 'closed') {
      emit({ type: 'disconnected', closed: how, retryInMs: undefined });
      return ended();
    }
    const { inMs, renew } = comeback.after(how, why);
    if (renew) tokens.refused();
    state = inMs === undefined ? 'idle' : 'waiting';
    emit({ type: 'disconnected', closed: how, retryInMs: inMs });
    if (inMs !== undefined) return pause(inMs);
    for (const waiter of waiting) {
      waiters.delete(waiter);
      waiter.reject(why ?? refusedBy(how));
    }
  };
  const pause = (ms: number): void => {
    // A listener may have closed it, or not have wanted to wait.
    if (state === 'waiting') cancelTimer = clock.after(ms, () => void dial());
  };

  return {
    state: () => state,
    connect: () =>
      new Promise((resolve, reject) => {
        if (state === 'closed') return reject(new ChatError('unavailable', 'The client was closed'));
        if (session !== undefined) return resolve(session);
        waiters.add({ resolve, reject });
        if (state !== 'idle' && state !== 'waiting') return;
        cancelTimer();
        void dial();
      }),
    ask,
    tell: (request) => {
      if (state === 'live') say(request);
    },
    maxFrameBytes,
    close: () => {
      if (state === 'closed') return whenEnded;
      state = 'closed';
      cancelTimer();
      renewal.stop();
      for (const waiter of waiters) waiter.reject(new ChatError('unavailable', 'The client was closed'));
      waiters.clear();
      if (connection === undefined) ended();
      else connection.close();
      return whenEnded;
    },
  };
}

/** Silence is dealt with by the deadline; a refused ping was heard as well. */
const noPong = (): void => undefined;

/** With the connection gone, the next greeting says what still counts. */
const unsaid = (): void => undefined;
