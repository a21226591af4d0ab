import { Failure } from '../errors/index.ts';
import { type Revocation, type RoomId, revocationId } from '../schema/index.ts';
import { createAccessStore } from './access-store.ts';
import type { Bucket, Kept } from './bucket.ts';
import type {
  Bus,
  Draining,
  DrainOrder,
  Following,
  Heads,
  LoggedEvent,
  LogStreams,
  NewEvent,
  PresenceReport,
  RoomListener,
  StreamFollowing,
  StreamState,
  WrittenNote,
} from './bus.ts';
import { createFlagStore } from './flag-store.ts';
import { memoryChannel, memoryFanOuts, memoryReceipts, memorySignals } from './memory-signals.ts';
import type { Revocations, RevocationsListener } from './revocations.ts';
import { streamNames, streamOf } from './streams.ts';

interface MemoryStream {
  created: string;
  next: number;
  maxBytes: number;
  events: LoggedEvent[];
  storedAt: Map<number, Date>;
  ids: Map<string, number>;
  wake: Set<() => void>;
}

/** Keeps the bus contract inside one process, for unit tests; what only a server does (losing, forgetting) it does not. */
export function createMemoryBus(options: { streamCount?: number; maxBytes?: number } = {}): Bus {
  const { streamCount = 1, maxBytes = 2 ** 30 } = options;
  const names = streamNames(streamCount);
  const streams = new Map<string, MemoryStream>();
  for (const name of names) streams.set(name, emptyStream(1, maxBytes));
  const listeners = new Map<RoomId, Set<RoomListener>>();
  const heads = memoryChannel<Heads>();
  const drains = memoryChannel<Draining>();
  const orders = memoryChannel<DrainOrder>();
  const presence = memoryChannel<PresenceReport>();
  const notes = memoryChannel<readonly WrittenNote[]>();
  const asks = memoryChannel<undefined>();
  const streamFor = (room: RoomId): MemoryStream | undefined => streams.get(streamOf(room, streamCount));
  const eventsOf = (room: RoomId) => streamFor(room)?.events.filter((event) => event.room === room) ?? [];

  const append = async (event: NewEvent) => {
    const stream = streamFor(event.room);
    if (stream === undefined) throw new Failure('log_unavailable');
    const known = stream.ids.get(event.id);
    if (known !== undefined) return { seq: known, duplicate: true };
    if (bytesOf(stream) + event.bytes.byteLength > stream.maxBytes) throw new Failure('log_full');
    const prev = eventsOf(event.room).at(-1)?.seq ?? 0;
    const seq = stream.next++;
    const { room, bytes, id, op } = event;
    stream.events.push({ room, seq, bytes, id, op });
    stream.storedAt.set(seq, new Date());
    stream.ids.set(id, seq);
    for (const listener of listeners.get(room) ?? []) listener.event(seq, prev, bytes);
    for (const wake of stream.wake) wake();
    return { seq, duplicate: false };
  };

  return {
    log: {
      append,
      readRoom: async (room, from, limit) =>
        eventsOf(room)
          .filter((event) => event.seq >= from)
          .slice(0, limit),
      read: async (room, seq) => eventsOf(room).find((event) => event.seq === seq),
      trace: async (room, seq) => {
        const [stream, event] = [streamFor(room), eventsOf(room).find((one) => one.seq === seq)];
        if (stream === undefined || event === undefined) return undefined;
        const storedAt = stream.storedAt.get(seq) ?? new Date();
        return { stream: streamOf(room, streamCount), storedAt, bytes: event.bytes, op: event.op };
      },
      newest: async (room) => eventsOf(room).at(-1)?.seq,
      heads: async (rooms) =>
        new Map(rooms.flatMap((room) => eventsOf(room).slice(-1)).map(({ room, seq }) => [room, seq] as const)),
    },
    live: {
      follow: async (room, listener) => {
        const all = listeners.get(room) ?? new Set();
        listeners.set(room, all.add(listener));
        return { stop: () => void all.delete(listener) };
      },
    },
    access: createAccessStore(memoryBucket()),
    flags: createFlagStore(memoryBucket()),
    commands: memoryCommands(),
    streams: memoryStreams(names, streams, maxBytes),
    heads: { publish: heads.say, subscribe: heads.hear },
    signals: memorySignals((room, bytes) => {
      for (const listener of listeners.get(room) ?? []) listener.signal(bytes);
    }),
    receipts: memoryReceipts(),
    fanOuts: memoryFanOuts(),
    drains: { announce: drains.say, subscribe: drains.hear, order: orders.say, ordered: orders.hear },
    presence: {
      report: presence.say,
      subscribe: presence.hear,
      ask: () => asks.say(undefined),
      asked: asks.hear,
      isAway: () => false,
    },
    notes: { publish: notes.say, subscribe: notes.hear },
    revocations: memoryRevocations(),
    interruptions: () => ({ stop: () => undefined }),
    obstacles: () => [],
    fullStreams: () => [],
    generation: () => 'memory',
    ping: async () => undefined,
    takeMeanWait: () => undefined,
    close: async () => streams.clear(),
  };
}

const emptyStream = (first: number, maxBytes: number): MemoryStream => ({
  created: new Date().toISOString(),
  next: first,
  maxBytes,
  events: [],
  storedAt: new Map(),
  ids: new Map(),
  wake: new Set(),
});

const bytesOf = (stream: MemoryStream) => stream.events.reduce((sum, event) => sum + event.bytes.byteLength, 0);

const stateOf = (stream: MemoryStream): StreamState => ({
  created: stream.created,
  first: stream.events[0]?.seq ?? stream.next,
  last: stream.next - 1,
  bytes: bytesOf(stream),
  maxBytes: stream.maxBytes,
});

function memoryBucket(): Bucket {
  const entries = new Map<string, Kept>();
  return {
    read: async (key) => structuredClone(entries.get(key)),
    write: async (key, value, revision) => {
      const current = entries.get(key)?.revision ?? 0;
      if (current !== revision) return false;
      entries.set(key, { value: structuredClone(value), revision: current + 1 });
      return true;
    },
  };
}

function memoryCommands() {
  const handlers = new Map<string, (payload: unknown) => Promise<unknown>>();
  const call = async (name: string, payload: unknown) => {
    const handler = handlers.get(name);
    if (handler === undefined) throw new Failure('store_unavailable');
    return structuredClone(await handler(structuredClone(payload)));
  };
  return {
    call,
    change: call,
    serve: (name: string, handler: (payload: unknown) => Promise<unknown>): Following => {
      handlers.set(name, handler);
      return { stop: () => void handlers.delete(name) };
    },
  };
}

function memoryRevocations(): Revocations {
  const kept = new Map<string, Revocation>();
  const listeners = new Set<RevocationsListener>();
  return {
    ensure: async () => undefined,
    publish: async (revocation) => {
      const id = revocationId(revocation);
      if (kept.has(id)) return;
      kept.set(id, revocation);
      for (const listener of listeners) listener.revoked(revocation);
    },
    follow: (listener) => {
      listeners.add(listener);
      for (const revocation of kept.values()) listener.revoked(revocation);
      return {
        isCurrent: () => true,
        isAway: () => false,
        interruptions: 0,
        stop: () => void listeners.delete(listener),
      };
    },
  };
}

function memoryStreams(names: readonly string[], streams: Map<string, MemoryStream>, maxBytes: number): LogStreams {
  const need = (name: string): MemoryStream => {
    const stream = streams.get(name);
    if (stream === undefined) throw new Failure('log_unavailable');
    return stream;
  };
  return {
    names,
    state: async (name) => {
      const stream = streams.get(name);
      return stream && stateOf(stream);
    },
    ensure: async (name, first) => {
      if (!streams.has(name)) streams.set(name, emptyStream(first, maxBytes));
    },
    skipTo: async (name, seq) => {
      const stream = need(name);
      stream.events = stream.events.filter((event) => event.seq >= seq);
      stream.next = Math.max(stream.next, seq);
    },
    trim: async (name, upTo) => {
      const stream = need(name);
      stream.events = stream.events.filter((event) => event.seq > upTo);
    },
    lastBefore: async (name, time) => {
      const stream = need(name);
      const older = stream.events.filter((event) => (stream.storedAt.get(event.seq) ?? time) < time);
      return older.at(-1)?.seq ?? 0;
    },
    storedAt: async (name, seq) => {
      const stream = need(name);
      const event = stream.events.find((candidate) => candidate.seq >= seq);
      return event && stream.storedAt.get(event.seq);
    },
    follow: async (name, { from, headersOnly = false }) => followMemory(need(name), from, headersOnly),
  };
}

function followMemory(stream: MemoryStream, from: number, headersOnly: boolean): StreamFollowing {
  let next = from;
  let stopped = false;
  let wake: () => void = () => undefined;
  const woken = () => wake();
  stream.wake.add(woken);
  return {
    stop: () => {
      stopped = true;
      stream.wake.delete(woken);
      wake();
    },
    async *[Symbol.asyncIterator]() {
      while (!stopped) {
        const event = stream.events.find((candidate) => candidate.seq >= next);
        if (event === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        next = event.seq + 1;
        yield headersOnly ? { ...event, bytes: new Uint8Array() } : event;
      }
    },
  };
}
