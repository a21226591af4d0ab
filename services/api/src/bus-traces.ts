import { type Bus, decodeEvent } from '@gapless/shared/bus';
import type { MessageTraceDeps } from './domain/message-trace.ts';

/** What the log and the edges know of an event's way. */
export function createBusTraces(bus: () => Pick<Bus, 'log' | 'fanOuts'>): Pick<MessageTraceDeps, 'logged' | 'fanOuts'> {
  return {
    fanOuts: async (room, seq) => bus().fanOuts.ask(room, seq),
    logged: async (room, seq) => {
      const found = await bus().log.trace(room, seq);
      if (found === undefined) return undefined;
      const { stream, storedAt, by } = found;
      const event = decodeEvent(found.bytes);
      const clientId = 'c' in event ? event.c : undefined;
      return {
        ...{ user: event.u, kind: event.t, at: new Date(event.at), stream, storedAt },
        ...(clientId === undefined ? {} : { clientId }),
        ...(by === undefined ? {} : { by }),
      };
    },
  };
}
