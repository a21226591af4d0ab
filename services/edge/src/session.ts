import type { OwnPresence, StoredOnce } from '@gapless/shared/bus';
import { type CloseReason, closeCodes, type ErrorCode, errorCodes, Failure } from '@gapless/shared/errors';
import { encodeFrame, type ServerFrame, type ServerFrameOf } from '@gapless/shared/protocol';
import { type Rate, TokenBucket } from '@gapless/shared/rates';
import { Tally } from '@gapless/shared/runtime';
import type { RoomId, SessionId, UserId } from '@gapless/shared/schema';
import type { Identity } from './access-token.ts';
import { OpenQuestions } from './open-questions.ts';
import type { ReplyBatch } from './reply-batch.ts';
import type { RoomStay } from './room-hub.ts';
import type { Socket } from './socket.ts';

/** `greeting`: `hello` is being answered. Only a `ready` session may do more than greet and ping. */
export type Phase = 'new' | 'greeting' | 'ready' | 'closed';

/** What of the live traffic of its rooms reaches a socket: `slow-sockets.ts` decides. */
export type Flow =
  | 'all'
  /** No signals. */
  | 'events'
  /** Nothing: of each live room it is known up to where it went out to the socket. */
  | 'held';

export interface SessionLimits {
  readonly frames: Rate;
  /** Frames that are none, and frames beyond the rate, until the socket is closed. */
  readonly badFrames: Rate;
  readonly refusedFrames: Rate;
  readonly helloDeadlineMs: number;
}

export interface Refusal {
  readonly code: ErrorCode;
  readonly msg: string;
  readonly retryMs?: number;
  /** The one room that it is about. */
  readonly room?: RoomId;
}

/** One socket and what the edge knows about who is behind it. */
export class Session {
  readonly socket: Socket;
  /** Joins that wait to be told who is a member. */
  readonly joins = new OpenQuestions<RoomId>();
  /** Rooms that are live on this socket, or about to be. */
  readonly rooms = new Map<RoomId, RoomStay>();
  /** Another issuer's token that came with the handshake and is not judged yet. */
  unjudged: string | undefined;
  /** It asked to be told of messages in rooms that it does not follow, too. */
  notes = false;
  /** Rooms that its user is added to become live on it by themselves. */
  followsAll = false;
  /** What of their live traffic it gets. */
  flow: Flow = 'all';
  /** What its user says of himself at this device. */
  here: OwnPresence = 'online';
  /** Since when it is without signals. */
  mutedSince = 0;
  /** Since when it took nothing of what waits for it. */
  stalledSince: number | undefined;
  readonly #limits: SessionLimits;
  readonly #replies: ReplyBatch;
  readonly #sent: Pick<Tally, 'add'>;
  readonly #frames: TokenBucket;
  readonly #helloUntil: number;
  #phase: Phase = 'new';
  #identity: Identity | undefined;
  /** Rooms that its client left by `leave`. */
  #left: Set<RoomId> | undefined;
  #withoutHello: CloseReason = 'no_hello';
  #badFrames: TokenBucket | undefined;
  #refusedFrames: TokenBucket | undefined;
  #inFlight = 0;
  #resuming = 0;

  constructor(options: {
    socket: Socket;
    identity: Identity | undefined;
    limits: SessionLimits;
    replies: ReplyBatch;
    /** Counts frames by operation. */
    sent?: Pick<Tally, 'add'>;
    now: number;
  }) {
    this.socket = options.socket;
    this.#identity = options.identity;
    this.#limits = options.limits;
    this.#replies = options.replies;
    this.#sent = options.sent ?? new Tally();
    this.#frames = new TokenBucket(options.limits.frames, options.now);
    this.#helloUntil = options.now + options.limits.helloDeadlineMs;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get identity(): Identity | undefined {
    return this.#identity;
  }

  /** Of a session that has greeted. */
  get user(): UserId {
    return this.#known().user;
  }

  get sid(): SessionId {
    return this.#known().sid;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether an answer is on its way that the client cannot do without. */
  get busy(): boolean {
    return this.#inFlight > this.#resuming;
  }

  /** From here on one answer to `hello` is on its way. */
  greet(identity: Identity): void {
    this.#phase = 'greeting';
    this.#identity = identity;
    this.unjudged = undefined;
  }

  /** `hello` was refused: the client may try again until the deadline, then the socket closes for that reason. */
  greetingRefused(reason: CloseReason): void {
    if (this.#phase === 'greeting') this.#phase = 'new';
    this.#withoutHello = reason;
  }

  /** A `hello` waits for somebody else: that it is not answered in time is no fault of the client. */
  greetingWaits(): void {
    this.#withoutHello = 'try_later';
  }

  greeted(): void {
    if (this.#phase === 'greeting') this.#phase = 'ready';
  }

  renew(identity: Identity): void {
    this.#identity = identity;
  }

  closed(): void {
    this.#phase = 'closed';
    this.#replies.forget(this.socket);
  }

  /** Counts a frame: 0, or the milliseconds to wait when it comes too early. */
  takeFrame(now: number): number {
    return this.#frames.take(now);
  }

  /** The client sent a frame that is none; too many of them end the socket. */
  sentBadFrame(now: number): void {
    this.#badFrames ??= new TokenBucket(this.#limits.badFrames, now);
    if (this.#badFrames.take(now) > 0) this.close('malformed');
  }

  /** The client went on although it was told to wait; too often ends the socket. */
  ignoredLimit(now: number): void {
    this.#refusedFrames ??= new TokenBucket(this.#limits.refusedFrames, now);
    if (this.#refusedFrames.take(now) > 0) this.close('flooding');
  }

  /** The room does not become live by itself: its client left it. */
  left(room: RoomId): void {
    this.#left ??= new Set();
    this.#left.add(room);
  }

  hasLeft(room: RoomId): boolean {
    return this.#left?.has(room) ?? false;
  }

  /** What its client did in a membership that ended, or before one that begins, counts no more. */
  forgetLeft(room: RoomId): void {
    this.#left?.delete(room);
  }

  began(): void {
    this.#inFlight++;
  }

  ended(): void {
    this.#inFlight--;
  }

  /** What is left of a frame in work is a replay: who is sent away amid it resumes elsewhere. */
  async resuming(replays: Promise<unknown>): Promise<void> {
    this.#resuming++;
    try {
      await replays;
    } finally {
      this.#resuming--;
    }
  }

  /** Why the socket must not stay, by the clock. */
  overdue(now: number): CloseReason | undefined {
    if (this.#phase === 'new' && now >= this.#helloUntil) return this.#withoutHello;
    if (this.#identity !== undefined && now >= this.#identity.expiresAt) return 'token_expired';
    return undefined;
  }

  /** Frames that are made already leave at once, behind every reply that waits. */
  sendAll(frames: readonly Uint8Array[]): void {
    this.flush();
    this.socket.cork(() => {
      for (const frame of frames) this.socket.send(frame);
    });
  }

  /** Leaves by the end of the loop turn, with the replies that wait. */
  sendSoon(frame: Uint8Array): void {
    if (this.#phase !== 'closed') this.#replies.push(this.socket, frame);
  }

  /** What waits leaves now. */
  flush(): void {
    this.#replies.flush(this.socket);
  }

  /** Leaves at once, behind every reply that waits. */
  send(frame: ServerFrame): void {
    this.flush();
    this.#sent.add(frame.t);
    this.socket.send(encodeFrame(frame));
  }

  /** Success is told only to who asked with a number. */
  ok(i: number | undefined, fields: Omit<ServerFrameOf<'ok'>, 't' | 'i'> = {}): void {
    if (i !== undefined) this.#reply({ t: 'ok', i, ...fields });
  }

  /** Success of what is stored once, with the first one's sequence and time. */
  stored(i: number | undefined, { seq, at, duplicate }: StoredOnce, room?: RoomId): void {
    const dup = duplicate ? { dup: 1 as const } : {};
    this.ok(i, { s: seq, at, ...dup, ...(room === undefined ? {} : { r: room }) });
  }

  refuse(error: Failure | Refusal, i?: number) {
    const msg = error instanceof Failure ? error.message : error.msg;
    const retryMs = error.retryMs ?? (errorCodes[error.code].retry ? defaultRetryMs() : undefined);
    // Clocks count in fractions; a frame does not, and too early is too early.
    const retry = retryMs === undefined ? {} : { retry: Math.ceil(retryMs) };
    const room = error instanceof Failure || error.room === undefined ? {} : { r: error.room };
    this.#reply({ t: 'err', ...(i === undefined ? {} : { i }), code: error.code, msg, ...room, ...retry });
  }

  close(reason: CloseReason): void {
    if (this.#phase === 'closed') return;
    this.flush();
    this.socket.end(closeCodes[reason].code, reason);
  }

  #reply(frame: ServerFrame): void {
    if (this.#phase === 'closed') return;
    this.#sent.add(frame.t);
    this.#replies.push(this.socket, encodeFrame(frame));
  }

  #known(): Identity {
    if (this.#identity === undefined) throw new Error('nobody has greeted on this socket');
    return this.#identity;
  }
}

/** Spread, so that those who were refused together do not come back together. */
const defaultRetryMs = (): number => 500 + Math.floor(Math.random() * 1_000);
