import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { withDeadline } from '../runtime/index.ts';
import { isInbox, type RoomId } from '../schema/index.ts';
import type { Following, LiveRooms, RoomListener } from './bus.ts';
import type { BusMetrics } from './bus-metrics.ts';
import { liveNumbers, storedAt } from './nats-headers.ts';
import { createNatsLiveInboxes } from './nats-live-inboxes.ts';
import { isLiveEvent, subjects } from './subjects.ts';

const flushDeadlineMs = 5_000;

/** One subscription a room, events and signals together: a subscription costs 0.5 KB here and 0.8 KB in the server. */
export function createNatsLiveRooms(nats: NatsConnection, metrics: Pick<BusMetrics, 'heard'>): LiveRooms {
  const inboxes = createNatsLiveInboxes(nats);
  let flush: Promise<void> | undefined;
  /** Interests that arise together share one round trip. */
  const flushed = (): Promise<void> => {
    flush ??= Promise.resolve().then(() => {
      flush = undefined;
      return withDeadline('flushing a subscription', flushDeadlineMs, nats.flush());
    });
    return flush;
  };
  /** Bound to each listener, and not a closure of its own: that would be twice as large. */
  function hear(this: RoomListener, error: Error | null, message: Msg): void {
    if (error !== null) return;
    if (!isLiveEvent(message.subject)) return this.signal(message.data);
    const numbers = liveNumbers(message);
    if (numbers === undefined) return;
    metrics.heard(() => storedAt(message));
    this.event(numbers.seq, numbers.prev, message.data);
  }
  const subscribe = (room: RoomId, listener: RoomListener): Following =>
    new LiveRoom(nats.subscribe(subjects.live(room), { callback: hear.bind(listener) }));
  return {
    follow: async (room, listener) => {
      const following = isInbox(room) ? inboxes.listen(room, listener) : subscribe(room, listener);
      try {
        await flushed();
      } catch (error) {
        following.stop();
        throw error;
      }
      return following;
    },
  };
}

/** A class: there is one for each room, and a closure each would be larger. */
class LiveRoom implements Following {
  readonly #subscription: Subscription;

  constructor(subscription: Subscription) {
    this.#subscription = Object.assign(subscription, unawaited);
  }

  stop(): void {
    this.#subscription.unsubscribe();
  }
}

const settled = Object.assign(Promise.resolve(), { resolve: () => undefined });
/** What the client makes for who goes through messages one by one, or waits for the end: half of a subscription's memory. */
const unawaited = { signal: settled, iterClosed: settled, closed: settled, yields: [] };
