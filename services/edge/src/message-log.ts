import {
  type Bus,
  createMessageLog as createLog,
  type EventKey,
  type FindStored,
  type MessageLog,
} from '@gapless/shared/bus';
import type { Clock } from '@gapless/shared/runtime';
import { LaneOrder } from './lane-order.ts';

/** What one user sends into one room is stored in the order in which it came. */
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

  return createLog({ log: bus.log, find, clock, duplicateWindowMs, inTurn: (lane, work) => order.keep(lane, work) });
}

/** What `messages.find` answers. */
interface Found {
  readonly s: number;
  readonly at: number;
  readonly raw: string;
}
