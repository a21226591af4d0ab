import type { Clock } from '../runtime/index.ts';
import { type ClientId, clientIdTime } from '../schema/index.ts';
import type { RoomLog } from './bus.ts';
import { messageEvent, type NewMessage } from './event.ts';
import { asStored, type FindStored, keyOf, type StoredOnce, storeOnce } from './store-once.ts';

export interface MessageLog {
  /** Stores the message once, however often it is asked to; `id_reused` when the client id was another message's. */
  store(message: NewMessage): Promise<StoredOnce>;
  /** As `store` answers what is stored under that client id already; `undefined`: nothing is. */
  stored(message: NewMessage): Promise<StoredOnce | undefined>;
}

export interface MessageLogDeps {
  readonly log: Pick<RoomLog, 'append' | 'read'>;
  readonly find: FindStored;
  readonly clock: Clock;
  readonly duplicateWindowMs: number;
  /** Settles as `work` does, but not before what came earlier in the lane: for senders whose messages have an order. */
  readonly inTurn?: <T>(lane: string, work: Promise<T> | undefined) => Promise<T | undefined>;
}

/** The way of every message into the log: an id that the log may have forgotten is looked up first. */
export function createMessageLog({ log, find, clock, duplicateWindowMs, inTurn }: MessageLogDeps): MessageLog {
  return {
    store: async (message) => {
      const at = clock.now();
      const event = messageEvent({ ...message, at });
      const trusted = isInWindow(message.clientId, at, duplicateWindowMs);
      const asked = trusted ? undefined : find(keyOf(event));
      // What is looked up must not be overtaken by what its sender sent after it.
      const known = await (inTurn === undefined ? asked : inTurn(`${message.room}:${message.user}`, asked));
      return known === undefined ? storeOnce({ log, find }, event) : asStored(known, event);
    },
    stored: async (message) => {
      const event = messageEvent({ ...message, at: clock.now() });
      const known = await find(keyOf(event));
      return known === undefined ? undefined : asStored(known, event);
    },
  };
}

/**
 * Whether the log must remember the id if it ever was stored: it was made at most half the window ago, or at most an eighth
 * of it in the future, which is what clocks may differ by. No other id tells how old it is.
 */
export function isInWindow(id: ClientId, nowMs: number, windowMs: number): boolean {
  const madeAt = clientIdTime(id);
  if (madeAt === undefined) return false;
  const ageMs = nowMs - madeAt;
  return ageMs <= windowMs / 2 && ageMs >= -windowMs / 8;
}
