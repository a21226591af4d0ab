import { Failure } from '../errors/index.ts';
import { steadyClock } from '../runtime/index.ts';
import type { Appended, NewEvent } from './bus.ts';
import type { BusMetrics } from './bus-metrics.ts';
import { unmeasured } from './bus-metrics.ts';
import type { LogRoom } from './log-room.ts';
import type { PubAck } from './pub-ack.ts';
import type { StreamGate } from './stream-gate.ts';

/** What the multiplexer needs of a connection. */
export interface Wire {
  /** Sends; the answer comes to `answered` with the same token. May drop it silently when the connection ends. */
  send(event: NewEvent, token: number): void;
}

export interface AckMuxSettings {
  /** Publishes in flight at once, over all rooms. */
  readonly window: number;
  /** Publishes that may wait for a place in the window or in their lane. */
  readonly queue: number;
  readonly ackTimeoutMs: number;
  readonly deadlineMs: number;
}

interface Entry {
  readonly event: NewEvent;
  readonly stream: string;
  readonly token: number;
  readonly beganAt: number;
  readonly deadlineAt: number;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (failure: Failure) => void;
  /** Floor when it was first sent: its number must be above. */
  floor: number;
  /** When to give up waiting for an answer, or, when it is not in flight, when to send again. */
  at: number;
  /** An earlier try got no answer: it may be stored. */
  doubtful: boolean;
}

const retryMs = { first: 50, spread: 150 };
const sweepMs = 25;
/** Part of the window below which whoever waits does so for what he sent himself. */
const partOfMany = 1 / 32;

const isFull = () => new Failure('log_full', { retryMs: 5_000 });

/**
 * Publishes with one inbox and numbered tokens in place of a request each: the stock publish of the client costs ten
 * times the CPU. One event of a lane is in flight at a time, so a retry can never be overtaken by what came after it.
 */
export class AckMux {
  readonly #wire: Wire;
  readonly #gate: StreamGate;
  readonly #room: Pick<LogRoom, 'isFull' | 'refused'>;
  readonly #settings: AckMuxSettings;
  readonly #metrics: Pick<BusMetrics, 'appended'>;
  readonly #inFlight = new Map<number, Entry>();
  readonly #retrying = new Set<Entry>();
  /** Lanes with an event under way, and what waits behind it. */
  readonly #lanes = new Map<string, Entry[]>();
  readonly #ready: Entry[] = [];
  #waiting = 0;
  #waits = { count: 0, ms: 0 };
  #nextToken = 1;
  #timer: NodeJS.Timeout | undefined;
  #idle: (() => void) | undefined;

  constructor(deps: {
    wire: Wire;
    gate: StreamGate;
    room: Pick<LogRoom, 'isFull' | 'refused'>;
    settings: AckMuxSettings;
    metrics?: Pick<BusMetrics, 'appended'>;
  }) {
    this.#wire = deps.wire;
    this.#gate = deps.gate;
    this.#room = deps.room;
    this.#settings = deps.settings;
    this.#metrics = deps.metrics ?? unmeasured;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Events that wait for a place, or behind one of their lane. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * For how long events waited for others before they were first sent: the mean of those that were since this was last asked.
   * Where few are under way nobody does.
   */
  takeMeanWait(): number | undefined {
    const { count, ms } = this.#waits;
    this.#waits = { count: 0, ms: 0 };
    return count === 0 ? undefined : ms / count;
  }

  append(event: NewEvent, stream: string): Promise<Appended> {
    if (!this.#gate.isOpen(stream)) return this.#refused(new Failure('log_unavailable', { retryMs: 1_000 }));
    if (this.#room.isFull(stream)) return this.#refused(isFull());
    if (this.#waiting >= this.#settings.queue) return this.#refused(new Failure('busy', { retryMs: 500 }));
    return new Promise((resolve, reject) => {
      const beganAt = steadyClock.now();
      const deadlineAt = beganAt + this.#settings.deadlineMs;
      const token = this.#nextToken++;
      this.#enter({ event, stream, token, beganAt, deadlineAt, resolve, reject, floor: -1, at: 0, doubtful: false });
    });
  }

  #refused(failure: Failure): Promise<never> {
    this.#metrics.appended(failure, 0);
    return Promise.reject(failure);
  }

  answered(token: number, ack: PubAck): void {
    const entry = this.#inFlight.get(token);
    if (entry === undefined) return this.#late(token, ack);
    this.#inFlight.delete(token);
    this.#settle(entry, ack);
    this.#pump();
  }

  /** The connection ended: whatever was in flight may be stored or not. */
  disconnected(): void {
    for (const entry of this.#inFlight.values()) this.#retryLater(entry, true);
    this.#inFlight.clear();
  }

  /** A gate opened. */
  wake(): void {
    this.#sweep();
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    if (this.#lanes.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  #enter(entry: Entry): void {
    this.#waiting++;
    const behind = this.#lanes.get(entry.event.lane);
    if (behind === undefined) {
      this.#lanes.set(entry.event.lane, []);
      this.#ready.push(entry);
      this.#pump();
    } else behind.push(entry);
  }

  #pump(): void {
    while (this.#inFlight.size < this.#settings.window) {
      const entry = this.#ready.shift();
      if (entry === undefined) break;
      this.#waiting--;
      if (entry.deadlineAt > steadyClock.now()) this.#send(entry);
      else this.#finish(entry, () => this.#reject(entry, new Failure('log_unavailable', { retryMs: 1_000 })));
    }
    if (this.#lanes.size === 0) this.#idle?.();
  }

  #send(entry: Entry): void {
    if (!this.#gate.isOpen(entry.stream)) return this.#retryLater(entry, entry.doubtful);
    const now = steadyClock.now();
    if (entry.floor < 0) {
      entry.floor = this.#gate.floor(entry.stream);
      this.#waited(now - entry.beganAt);
    }
    entry.at = now + this.#settings.ackTimeoutMs;
    this.#inFlight.set(entry.token, entry);
    this.#wire.send(entry.event, entry.token);
    this.#watch();
  }

  #waited(ms: number): void {
    const isForOthers = this.#inFlight.size >= this.#settings.window * partOfMany;
    this.#waits.count++;
    if (isForOthers) this.#waits.ms += ms;
  }

  #settle(entry: Entry, ack: PubAck): void {
    switch (ack.kind) {
      case 'stored':
        return this.#stored(entry, ack.seq, ack.duplicate);
      case 'again':
        return this.#retryLater(entry, entry.doubtful);
      case 'full':
        this.#room.refused(entry.stream);
        return this.#finish(entry, () => this.#reject(entry, isFull()));
      case 'refused':
        return this.#finish(entry, () => this.#reject(entry, this.#refusal(entry, `JetStream answered ${ack.code}`)));
    }
  }

  /** A number that was given before means that the store was set back; the event waits until it is beyond that. */
  #stored(entry: Entry, seq: number, duplicate: boolean): void {
    if (!duplicate && seq <= entry.floor) {
      this.#gate.close(entry.stream, `number ${seq} was given a second time`);
      return this.#retryLater(entry, true);
    }
    this.#gate.raise(entry.stream, seq);
    this.#metrics.appended(duplicate ? 'duplicate' : 'stored', steadyClock.now() - entry.beganAt);
    this.#finish(entry, () => entry.resolve({ seq, duplicate }));
  }

  /** An answer that came after its time-out still settles the event, unless it is being asked again right now. */
  #late(token: number, ack: PubAck): void {
    if (ack.kind !== 'stored') return;
    for (const entry of this.#retrying) {
      if (entry.token !== token) continue;
      this.#retrying.delete(entry);
      this.#settle(entry, ack);
      return this.#pump();
    }
  }

  #retryLater(entry: Entry, doubtful: boolean): void {
    entry.doubtful = doubtful;
    entry.at = steadyClock.now() + retryMs.first + Math.random() * retryMs.spread;
    this.#retrying.add(entry);
    this.#watch();
  }

  #finish(entry: Entry, tell: () => void): void {
    const behind = this.#lanes.get(entry.event.lane);
    const next = behind?.shift();
    if (next === undefined) this.#lanes.delete(entry.event.lane);
    else this.#ready.push(next);
    tell();
  }

  #reject(entry: Entry, failure: Failure): void {
    this.#metrics.appended(failure, 0);
    entry.reject(failure);
  }

  #refusal(entry: Entry, detail: string): Failure {
    return new Failure(entry.doubtful ? 'fate_unknown' : 'log_unavailable', { detail, retryMs: 1_000 });
  }

  #watch(): void {
    this.#timer ??= setInterval(() => this.#sweep(), sweepMs);
  }

  #sweep(): void {
    const now = steadyClock.now();
    for (const entry of this.#inFlight.values()) {
      // In the order of sending, so that the first one in time ends the search.
      if (entry.at > now) break;
      this.#inFlight.delete(entry.token);
      this.#retryLater(entry, true);
    }
    for (const entry of this.#retrying) this.#retryNow(entry, now);
    this.#expire(now);
    this.#pump();
    if (this.#inFlight.size === 0 && this.#retrying.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #retryNow(entry: Entry, now: number): void {
    if (entry.deadlineAt <= now) {
      this.#retrying.delete(entry);
      this.#finish(entry, () => this.#reject(entry, this.#refusal(entry, 'no answer from the log in time')));
    } else if (entry.at <= now && this.#gate.isOpen(entry.stream)) {
      this.#retrying.delete(entry);
      this.#send(entry);
    }
  }

  /** What never left its lane was never sent: past its deadline it is refused for good. */
  #expire(now: number): void {
    for (const behind of this.#lanes.values()) {
      while (behind[0] !== undefined && behind[0].deadlineAt <= now) {
        const entry = behind.shift() as Entry;
        this.#waiting--;
        this.#reject(entry, new Failure('log_unavailable', { retryMs: 1_000 }));
      }
    }
  }
}
