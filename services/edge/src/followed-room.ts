import type { Following, LiveRooms, Replica, RoomListener } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { backoffMs, sleep, steadyClock, withDeadline } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';
import { HeldEvents } from './held-events.ts';
import { maskFrame } from './masking.ts';
import type { MissedEvents } from './missed-events.ts';
import type { RoomHeads } from './room-heads.ts';
import { type RingLimits, type RingPart, RoomRing } from './room-ring.ts';

export interface FollowedRoomDeps {
  readonly live: Pick<LiveRooms, 'follow'>;
  readonly heads: RoomHeads;
  readonly missed: Pick<MissedEvents, 'read'>;
  /** Each event once, in rising order, none left out; `sockets` is how many are in the room. Returns its frame. */
  readonly deliver: (room: RoomId, seq: number, prev: number, bytes: Uint8Array, sockets: number) => Uint8Array;
  /** What is not ordered, and may be lost. */
  readonly signal: (room: RoomId, bytes: Uint8Array, sockets: number) => void;
  /** Events numbered `from` to `to`, if there are any, cannot be had now: they are not delivered. */
  readonly lagging: (room: RoomId, from: number, to: number) => void;
  readonly skipped: (why: 'duplicate' | 'swap' | 'gap' | 'tail') => void;
  /** A hole was filled, or given up, in that time. */
  readonly filled: (ms: number) => void;
  /** The room is followed no more, whoever ended it. */
  readonly ended: (room: FollowedRoom) => void;
  readonly ring: RingLimits;
  readonly roomLingerMs: number;
  readonly followDeadlineMs?: number;
}

/** Swapped messages are close together: that long a hole may close by itself. */
const reorderMs = { least: 20, most: 50 };
/** The interest may reach the stream's leader after this server: what was stored in between shows by then. */
const recheckMs = { least: 300, most: 500 };
const readPace = { firstMs: 100, maxMs: 1_000 };
const maxFailedReads = 10;
const deletionsKept = 64;

/** For all rooms that are heard: a promise each would stay for as long as the room. */
const heard = Promise.resolve();

const between = ({ least, most }: { least: number; most: number }): number => least + Math.random() * (most - least);

/**
 * One room that this edge hears, and how far it has come in it. The live path may lose, double and swap events; their numbers
 * show it, and the log and MongoDB mend it before anything behind the hole goes out. Of every room and inbox there is one, and
 * most are quiet: what only some need is made when they do.
 */
export class FollowedRoom implements RoomListener {
  readonly id: RoomId;
  readonly #deps: FollowedRoomDeps;
  /** Until it is heard, and of one that could not be. */
  #opening: Promise<void> | undefined;
  #following: Following | undefined;
  /** From the first event on that went out here. */
  #ring: RoomRing | undefined;
  #held: HeldEvents | undefined;
  #sockets = 0;
  #live = false;
  #ended = false;
  /** Every event up to here went out, or was there before this room was followed. */
  #cursor = 0;
  /** The newest event of the room, 0 when none is known. */
  #newest = 0;
  /** Highest number that somebody says there is. */
  #known = 0;
  #deleted: ReadonlySet<number> | undefined;
  /** When the log was last asked where the room ends, and when its leader was, by the steady clock. */
  #comparedAt = -Infinity;
  #provenAt = -Infinity;
  #filling = false;
  #linger: NodeJS.Timeout | undefined;
  #recheck: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;

  constructor(id: RoomId, deps: FollowedRoomDeps) {
    this.id = id;
    this.#deps = deps;
    this.#opening = this.#open(deps.followDeadlineMs ?? 5_000);
    // Those who wait hear of a failure; nobody may be waiting any more.
    this.#opening.catch(() => undefined);
  }

  /** Resolves once every event from here on goes out; rejects with a `Failure` when that cannot be had in time. */
  get followed(): Promise<void> {
    return this.#opening ?? heard;
  }

  get heard(): boolean {
    return this.#live;
  }

  get cursor(): number {
    return this.#cursor;
  }

  get newest(): number {
    return this.#newest;
  }

  /** Highest number that is known of here: what is above the cursor is waited for, or read. */
  get told(): number {
    return Math.max(this.#cursor, this.#known, this.#held?.last()?.seq ?? 0);
  }

  comparedAt(replica: Replica): number {
    return replica === 'leader' ? this.#provenAt : this.#comparedAt;
  }

  get sockets(): number {
    return this.#sockets;
  }

  get held(): number {
    return this.#held?.size ?? 0;
  }

  /** The frames above `seq`, at most `limit`, as they went out; `undefined` when not all of them are kept. */
  kept(seq: number, limit: number): RingPart | undefined {
    return this.#ring?.after(seq, limit);
  }

  /** When that event went out, where that is still known. */
  timeOf(seq: number): number | undefined {
    return this.#ring?.timeOf(seq);
  }

  /** Messages that were deleted lately: what was said of them at the same time may come behind. */
  get deleted(): ReadonlySet<number> | undefined {
    return this.#deleted;
  }

  mask(message: number): void {
    this.#deleted = new Set([...(this.#deleted ?? []), message].slice(-deletionsKept));
    this.#ring?.mask(message);
  }

  enter(): void {
    clearTimeout(this.#linger);
    this.#sockets++;
  }

  leave(): void {
    if (--this.#sockets > 0 || this.#ended) return;
    this.#linger = setTimeout(() => this.end(), this.#deps.roomLingerMs).unref();
  }

  /** Somebody says that the room has come to this number. */
  reach(seq: number): void {
    if (seq > this.#known) this.#known = seq;
    if (seq > this.#cursor) this.#mind();
  }

  /** As the log said that was asked at that time. */
  compared(seq: number, askedAt: number, replica: Replica): void {
    this.#comparedAt = Math.max(this.#comparedAt, askedAt);
    if (replica === 'leader') this.#provenAt = Math.max(this.#provenAt, askedAt);
    this.reach(seq);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const timer of [this.#linger, this.#recheck, this.#patience]) clearTimeout(timer);
    this.#held = undefined;
    this.#deps.ended(this);
    this.#following?.stop();
  }

  /** The first lines are the whole way of nearly every event. */
  event(seq: number, prev: number, bytes: Uint8Array): void {
    if (this.#ended) return;
    if (this.#live && this.#held === undefined && seq > this.#cursor && this.#isNext(seq, prev)) {
      return this.#deliver(seq, prev > 0 ? prev : this.#newest, bytes);
    }
    if (this.#live && seq <= this.#cursor) return this.#deps.skipped('duplicate');
    this.#held ??= new HeldEvents();
    if (!this.#held.add(seq, prev, bytes)) this.reach(seq);
    this.#drain();
    this.#mind();
  }

  signal(bytes: Uint8Array): void {
    this.#deps.signal(this.id, bytes, this.#sockets);
  }

  /** The log names no predecessor that it trimmed: 0 proves nothing where there was one. */
  #isNext(seq: number, prev: number): boolean {
    return (prev <= this.#cursor && (prev > 0 || this.#cursor === 0)) || seq === this.#cursor + 1;
  }

  #deliver(seq: number, prev: number, bytes: Uint8Array): void {
    this.#ring ??= new RoomRing(this.#deps.ring, this.#cursor);
    this.#cursor = seq;
    this.#newest = seq;
    const frame = this.#deps.deliver(this.id, seq, prev, bytes, this.#sockets);
    this.#ring.push(seq, this.#deleted === undefined ? frame : maskFrame(frame, seq, this.#deleted));
  }

  #drain(): void {
    if (!this.#live) return;
    for (let next = this.#held?.first(); next !== undefined; next = this.#held?.first()) {
      const { seq, prev, bytes } = next;
      if (seq > this.#cursor && !this.#isNext(seq, prev)) return;
      this.#held?.shift();
      if (seq > this.#cursor) this.#deliver(seq, prev > 0 ? prev : this.#newest, bytes);
      else this.#deps.skipped('duplicate');
    }
    this.#held = undefined;
  }

  /** Number up to which there may be events that did not come. */
  #missing(): number {
    const next = this.#held?.first();
    if (next === undefined) return this.#known;
    return next.prev > 0 ? next.prev : next.seq - 1;
  }

  /** Fills a hole that does not close by itself. */
  #mind(): void {
    if (!this.#live || this.#filling || this.#ended) return;
    if (this.#missing() <= this.#cursor) {
      if (this.#patience !== undefined) this.#deps.skipped('swap');
      clearTimeout(this.#patience);
      this.#patience = undefined;
      return;
    }
    // No swap explains an event without a predecessor.
    if (this.#held?.first()?.prev === 0) return void this.#fill();
    this.#patience ??= setTimeout(() => void this.#fill(), between(reorderMs)).unref();
  }

  async #fill(): Promise<void> {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    if (this.#filling || this.#missing() <= this.#cursor) return;
    this.#filling = true;
    this.#deps.skipped(this.held === 0 ? 'tail' : 'gap');
    const began = steadyClock.now();
    for (let failures = 0; !this.#ended && this.#missing() > this.#cursor; ) {
      if (await this.#fillSome()) failures = 0;
      else if (++failures < maxFailedReads) await sleep(backoffMs(failures, readPace));
      else this.#giveUp(this.#missing());
      if (!this.#ended) this.#drain();
    }
    this.#filling = false;
    this.#deps.filled(steadyClock.now() - began);
  }

  /** `false` while the log is away. */
  async #fillSome(): Promise<boolean> {
    try {
      const { events, upTo, unread } = await this.#deps.missed.read(this.id, this.#cursor, this.#missing());
      if (this.#ended) return true;
      for (const { seq, bytes } of events) if (seq > this.#cursor) this.#deliver(seq, this.#newest, bytes);
      if (unread) this.#giveUp(upTo);
      else if (upTo > this.#cursor) this.#cursor = upTo;
      return true;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return false;
    }
  }

  /** What cannot be had now must not hold up what comes: the sockets are told what they lack. */
  #giveUp(upTo: number): void {
    if (upTo <= this.#cursor) return;
    this.#deps.lagging(this.id, this.#cursor + 1, upTo);
    this.#start(upTo, upTo);
  }

  #start(cursor: number, newest: number): void {
    this.#cursor = cursor;
    this.#newest = newest;
    this.#ring = undefined;
  }

  async #open(deadlineMs: number): Promise<void> {
    try {
      const { cursor, newest } = await withDeadline('following a room', deadlineMs, this.#listen());
      if (this.#ended) throw new Failure('log_unavailable');
      this.#start(cursor, newest);
      this.#live = true;
      this.#opening = undefined;
      this.#drain();
      this.#mind();
      this.#recheck = setTimeout(() => void this.#lookAgain(), between(recheckMs)).unref();
    } catch (cause) {
      this.end();
      throw cause instanceof Failure ? cause : new Failure('log_unavailable', { cause });
    }
  }

  async #listen(): ReturnType<RoomHeads['opening']> {
    const following = await this.#deps.live.follow(this.id, this);
    if (this.#ended) following.stop();
    else this.#following = following;
    this.#comparedAt = steadyClock.now();
    return this.#deps.heads.opening(this.id);
  }

  async #lookAgain(): Promise<void> {
    this.#recheck = undefined;
    const askedAt = steadyClock.now();
    try {
      // No sweep asked about the room if it was called for before this was live.
      this.compared((await this.#deps.heads.newest(this.id)) ?? 0, askedAt, 'any');
    } catch (error) {
      // The next sweep asks again.
      if (!(error instanceof Failure)) throw error;
    }
  }
}
