import { errorCodes } from '../errors/index.ts';
import type { ServerFrameOf } from '../protocol/index.ts';
import { ChatError } from './chat-error.ts';
import type { Emit } from './client-event.ts';
import type { ClientRequest } from './client-request.ts';
import { type Cancel, type Clock, jitteredMs } from './clock.ts';
import type { OutboxEntry, OutboxRequest, OutboxStore } from './outbox-store.ts';
import { bytesOf } from './requests.ts';
import { within } from './within.ts';

export interface Sent {
  readonly seq: number;
  readonly at: number;
  /** An earlier send under this client id had stored it. */
  readonly duplicate: boolean;
  readonly clientId: string;
}

/**
 * Keeps what is to be stored until the server said what became of it, over any number of connections. A room has one entry
 * under way at a time: a retry is never overtaken, so the room has them in the order in which they were given.
 */
export interface Outbox {
  /** Settles once: stored, or refused for good. Rejects at once when there is no room for it. */
  add(request: OutboxRequest): Promise<Sent>;
  /** Takes up what the store holds from before; called before the first connection, again after it failed. */
  restore(): Promise<void>;
  /** A session stands: whatever waits may go. */
  resume(): void;
  entries(): readonly OutboxEntry[];
  /** Rejects what waits; what a store holds stays there. */
  close(): void;
}

export interface OutboxDeps {
  readonly ask: (request: ClientRequest) => Promise<unknown>;
  readonly isLive: () => boolean;
  readonly emit: Emit;
  readonly clock: Clock;
  readonly random: () => number;
  readonly deadlineMs: number;
  readonly store: OutboxStore | undefined;
  readonly limits: OutboxLimits;
}

export interface OutboxLimits {
  readonly entries: number;
  readonly bytes: number;
}

interface Item extends OutboxEntry {
  readonly bytes: number;
  /** Only the first of a room's lane is ever `asked` or `resting`. */
  phase: 'saving' | 'ready' | 'asked' | 'resting';
  /** It may have reached a server before. */
  again: boolean;
  failures: number;
  settle(outcome: Sent | ChatError): void;
}

/** Of different rooms; the server takes more of one socket, and calls it `busy` beyond. */
const mostUnderWay = 32;
const pace = { firstMs: 500, maxMs: 30_000 };

export function createOutbox(deps: OutboxDeps): Outbox {
  const { emit, clock, random, deadlineMs, store, limits } = deps;
  const lanes = new Map<string, Item[]>();
  const rests = new Set<Cancel>();
  let [bytes, underWay, last] = [0, 0, 0];
  /** Nothing goes until then; the later of two counts. */
  let held: { readonly until: number; readonly end: Cancel } | undefined;
  let restored: Promise<void> | undefined;
  let closed = false;

  const items = (): Item[] => [...lanes.values()].flat();
  const kept = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await within(what, deadlineMs, clock, work);
    } catch (error) {
      emit({ type: 'error', error: error as ChatError });
    }
  };

  const isGiven = (clientId: string): boolean => items().some(({ request }) => request.c === clientId);
  const remove = (from: OutboxStore, clientId: string): Promise<void> =>
    kept('Removing from the outbox store', () => from.remove(clientId));

  const enter = (entry: OutboxEntry, size: number, settle: Item['settle']): Item => {
    const item: Item = { ...entry, bytes: size, phase: 'ready', again: false, failures: 0, settle };
    const lane = lanes.get(entry.request.r) ?? [];
    lanes.set(entry.request.r, lane);
    lane.push(item);
    bytes += size;
    return item;
  };
  const settle = (item: Item, outcome: Sent | ChatError): void => {
    const { r: room, c: clientId } = item.request;
    const lane = (lanes.get(room) ?? []).filter((one) => one !== item);
    if (lane.length > 0) lanes.set(room, lane);
    else lanes.delete(room);
    bytes -= item.bytes;
    if (store !== undefined) void remove(store, clientId);
    item.settle(outcome);
    if (outcome instanceof ChatError) emit({ type: 'refused', room, clientId, error: outcome });
    else emit({ type: 'sent', room, ...outcome });
    dispatchAll();
  };

  const dispatchAll = (): void => {
    for (const [head] of [...lanes.values()]) {
      if (closed || held !== undefined || !deps.isLive() || underWay >= mostUnderWay) return;
      if (head?.phase === 'ready') void dispatch(head);
    }
  };
  const dispatch = async (item: Item): Promise<void> => {
    const { request } = item;
    const marked = item.again && request.t === 'send' ? { ...request, again: 1 as const } : request;
    item.phase = 'asked';
    item.again = true;
    underWay++;
    let outcome: Sent | ChatError;
    try {
      const { s: seq = 0, at = 0, dup } = (await deps.ask(marked)) as ServerFrameOf<'ok'>;
      outcome = { seq, at, duplicate: dup === 1, clientId: request.c };
    } catch (error) {
      // Whatever it was, nothing says that it is stored.
      outcome = error instanceof ChatError ? error : new ChatError('unknown', 'It was not sent', { cause: error });
    }
    underWay--;
    if (closed) return;
    if (outcome instanceof ChatError && errorCodes[outcome.code].retry) again(item, outcome);
    else settle(item, outcome);
  };
  const release = (): void => {
    held?.end();
    held = undefined;
  };
  const holdBack = (ms: number): void => {
    const until = clock.now() + ms;
    if (held !== undefined && held.until >= until) return;
    release();
    const end = clock.after(ms, () => {
      held = undefined;
      dispatchAll();
    });
    held = { until, end };
  };
  const rest = (item: Item, ms: number): void => {
    item.phase = 'resting';
    const cancel = clock.after(ms, () => {
      rests.delete(cancel);
      item.phase = 'ready';
      dispatchAll();
    });
    rests.add(cancel);
  };
  /** What the server is too busy for holds back all; what a room's own way is short of, the room. */
  const again = (item: Item, { code, retryMs = 0 }: ChatError): void => {
    item.phase = 'ready';
    if (!deps.isLive()) return;
    const ms = Math.max(retryMs, jitteredMs(item.failures++, pace, random));
    if (code === 'rate_limited' || code === 'busy') holdBack(ms);
    else rest(item, ms);
  };

  const save = async (item: Item): Promise<void> => {
    if (store === undefined) return;
    item.phase = 'saving';
    const { n, request } = item;
    // A promise's executor turns what the store throws at once into a rejection.
    const saving = new Promise<void>((done) => done(store.save({ n, request })));
    try {
      await within('Saving to the outbox store', deadlineMs, clock, () => saving);
      item.phase = 'ready';
    } catch (error) {
      if (closed) return;
      settle(item, error as ChatError);
      // What is saved behind its time nobody waits for: it must not be sent after a reload.
      saving.then(
        () => (isGiven(request.c) ? undefined : remove(store, request.c)),
        () => undefined,
      );
    }
  };
  const load = async (from: OutboxStore): Promise<void> => {
    const found = await within('Loading the outbox store', deadlineMs, clock, () => from.load());
    // What was given meanwhile may be among them.
    const known = new Set(items().map(({ request }) => request.c));
    for (const entry of found) {
      if (known.has(entry.request.c)) continue;
      enter(entry, sizeOf(entry.request), () => undefined).again = true;
      last = Math.max(last, entry.n);
    }
    for (const lane of lanes.values()) lane.sort((a, b) => a.n - b.n);
  };

  return {
    add: (given) =>
      new Promise((resolve, reject) => {
        // As it is now: what the application changes later is not what it sent, and would be another body under the same id.
        const text = JSON.stringify(given);
        const [request, size] = [JSON.parse(text) as OutboxRequest, bytesOf(text)];
        if (closed) return reject(new ChatError('unavailable', 'The client was closed'));
        if (items().length >= limits.entries || bytes + size > limits.bytes) {
          return reject(new ChatError('busy', 'The outbox is full'));
        }
        last = Math.max(last + 1, clock.now());
        const outcome = (value: Sent | ChatError) => (value instanceof ChatError ? reject(value) : resolve(value));
        const item = enter({ n: last, request }, size, outcome);
        void save(item).then(dispatchAll);
      }),
    restore: () => {
      restored ??= (store === undefined ? Promise.resolve() : load(store)).catch((error: unknown) => {
        restored = undefined;
        throw error;
      });
      return restored;
    },
    resume: () => {
      for (const cancel of rests) cancel();
      rests.clear();
      release();
      for (const item of items()) if (item.phase === 'resting') item.phase = 'ready';
      dispatchAll();
    },
    entries: () => items().map(({ n, request }) => ({ n, request })),
    close: () => {
      closed = true;
      for (const cancel of rests) cancel();
      release();
      for (const { again, settle } of items()) {
        const mayStill = again || store !== undefined;
        settle(new ChatError(mayStill ? 'unknown' : 'unavailable', 'The client was closed before an answer came'));
      }
      lanes.clear();
    },
  };
}

const sizeOf = (request: OutboxRequest): number => bytesOf(JSON.stringify(request));
