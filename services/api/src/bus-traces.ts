import { type Bus, readableEvent } from '@gapless/shared/bus';
import type { EventFacts, MessageTraceDeps } from './domain/messages/message-trace.ts';

/** What the log and the edges know of an event's way. */
export function createBusTraces(bus: () => Pick<Bus, 'log' | 'fanOuts'>): Pick<MessageTraceDeps, 'logged' | 'fanOuts'> {
  return {
    fanOuts: async (room, seq) => bus().fanOuts.ask(room, seq),
    logged: async (room, seq) => {
      const found = await bus().log.trace(room, seq);
      if (found === undefined) return undefined;
      const { stream, storedAt, by } = found;
      const event = factsOf(found.bytes);
      return { stream, storedAt, ...(event === undefined ? {} : { event }), ...(by === undefined ? {} : { by }) };
    },
  };
}

/** Whoever looks for an event that went wrong has one that need not be what it should be. */
function factsOf(bytes: Uint8Array): EventFacts | undefined {
  const event = readableEvent(bytes);
  if (event === undefined || typeof event.u !== 'string' || typeof event.t !== 'string') return undefined;
  const at = new Date(event.at);
  if (Number.isNaN(at.getTime())) return undefined;
  const clientId = 'c' in event && typeof event.c === 'string' ? event.c : undefined;
  return { user: event.u, kind: event.t, at, ...(clientId === undefined ? {} : { clientId }) };
}
