import {
  asStored,
  type Bus,
  type EventKey,
  type FindStored,
  keyOf,
  messageEvent,
  type StoredOnce,
  storeOnce,
} from '@gapless/shared/bus';
import type { Clock } from '@gapless/shared/runtime';
import { type ClientId, clientIdTime, type MessageBody, type RoomId, type UserId } from '@gapless/shared/schema';
import { LaneOrder } from './lane-order.ts';

export interface NewMessage {
  readonly room: RoomId;
  readonly user: UserId;
  readonly clientId: ClientId;
  readonly body: MessageBody;
  readonly thread: number | undefined;
}

export interface MessageLog {
  /** Stores the message once, however often it is asked to; `id_reused` when the client id was another message's. */
  store(message: NewMessage): Promise<StoredOnce>;
}

export function createMessageLog(deps: {
  bus: Pick<Bus, 'log' | 'commands'>;
  clock: Clock;
  duplicateWindowMs: number;
}): MessageLog {
  const { bus, clock, duplicateWindowMs } = deps;
  const order = new LaneOrder();

  const find: FindStored = async ({ room: r, user: u, kind: k, clientId: c }: EventKey) => {
    const found = (await bus.commands.call('messages.find', { r, u, k, c })) as Found | null;
    return found === null ? undefined : { seq: found.s, event: { ...JSON.parse(found.raw), at: found.at } };
  };

  return {
    store: async (message) => {
      const at = clock.now();
      const event = messageEvent({ ...message, at });
      const trusted = isInWindow(message.clientId, at, duplicateWindowMs);
      // What is looked up must not be overtaken by what its sender sent after it.
      const known = await order.keep(`${message.room}:${message.user}`, trusted ? undefined : find(keyOf(event)));
      return known === undefined ? storeOnce({ log: bus.log, find }, event) : asStored(known, event);
    },
  };
}

/** What `messages.find` answers. */
interface Found {
  readonly s: number;
  readonly at: number;
  readonly raw: string;
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
