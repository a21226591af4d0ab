import type { RoomId, UserId } from '../schema/index.ts';
import type {
  FannedOut,
  FanOutTraces,
  Following,
  LoggedReceipts,
  NewReceipts,
  ReceiptLog,
  ReceiptsFollowing,
  Signals,
} from './bus.ts';

/** What one says and all hear, inside one process. */
export function memoryChannel<T>(): { say(what: T): void; hear(listener: (what: T) => void): Following } {
  const listeners = new Set<(what: T) => void>();
  return {
    say: (what) => {
      for (const listener of listeners) listener(what);
    },
    hear: (listener) => {
      listeners.add(listener);
      return { stop: () => void listeners.delete(listener) };
    },
  };
}

/** Signals inside one process. */
export function memorySignals(toRoom: (room: RoomId, bytes: Uint8Array) => void): Signals {
  const users = memoryChannel<readonly [UserId, Uint8Array]>();
  return {
    toRoom,
    toUser: (user, bytes) => users.say([user, bytes]),
    toUsers: (listener) => users.hear(([user, bytes]) => listener(user, bytes)),
  };
}

/** The stream of receipts inside one process; it forgets nothing. */
export function memoryReceipts(): ReceiptLog {
  const created = new Date().toISOString();
  const batches: (LoggedReceipts & { readonly storedAt: number })[] = [];
  const ids = new Set<string>();
  const wakes = new Set<() => void>();
  return {
    append: async ({ id, bytes }: NewReceipts) => {
      if (ids.has(id)) return;
      ids.add(id);
      batches.push({ seq: batches.length + 1, bytes, storedAt: Date.now() });
      for (const wake of wakes) wake();
    },
    ensure: async () => undefined,
    state: async () => {
      const bytes = batches.reduce((sum, batch) => sum + batch.bytes.byteLength, 0);
      return { created, first: 1, last: batches.length, bytes, maxBytes: 2 ** 30 };
    },
    read: async (from, limit) =>
      batches.slice(Math.max(0, from - 1), Math.max(0, from - 1) + limit).map(({ seq, bytes }) => ({ seq, bytes })),
    lastBefore: async (time) => batches.filter(({ storedAt }) => storedAt < time.getTime()).length,
    follow: (from) => followBatches(batches, wakes, from),
  };
}

function followBatches(batches: readonly LoggedReceipts[], wakes: Set<() => void>, from: number): ReceiptsFollowing {
  let stopped = false;
  let wake: () => void = () => undefined;
  const woken = () => wake();
  wakes.add(woken);
  return {
    stop: () => {
      stopped = true;
      wakes.delete(woken);
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (let next = Math.max(1, from); !stopped; ) {
        const batch = batches[next - 1];
        if (batch === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        next++;
        yield { seq: batch.seq, bytes: batch.bytes };
      }
    },
  };
}

export function memoryFanOuts(): FanOutTraces {
  const answerers = new Set<(room: RoomId, seq: number) => FannedOut | undefined>();
  return {
    ask: async (room, seq) =>
      [...answerers].flatMap((answer) => {
        const found = answer(room, seq);
        return found === undefined ? [] : [{ ...found, process: 'memory' }];
      }),
    serve: (answer) => {
      answerers.add(answer);
      return { stop: () => void answerers.delete(answer) };
    },
  };
}
