import type { ClientEvent, ClientEventOf, ClientEventType, Emit } from './client-event.ts';

/** Takes a listener away again. */
export type Unsubscribe = () => void;

/** Hears one type of event, or with `*` all of them in the one order in which they come. */
export interface On {
  <T extends ClientEventType>(type: T, listener: (event: ClientEventOf<T>) => void): Unsubscribe;
  (type: '*', listener: (event: ClientEvent) => void): Unsubscribe;
}

export interface Events {
  readonly on: On;
  readonly emit: Emit;
}

/** Listeners are called in the order in which they came, before `emit` returns. */
export function createEvents(): Events {
  const listeners = new Map<string, Set<(event: ClientEvent) => void>>();
  return {
    on: (type: string, listener: (event: never) => void) => {
      const entry = (event: ClientEvent) => listener(event as never);
      const all = listeners.get(type) ?? new Set();
      listeners.set(type, all.add(entry));
      return () => void all.delete(entry);
    },
    emit: (event) => {
      for (const type of [event.type, '*'])
        for (const listener of [...(listeners.get(type) ?? [])]) call(listener, event);
    },
  };
}

/** A listener that throws is a bug of the application: reported as one, while the other listeners are still served. */
function call(listener: (event: ClientEvent) => void, event: ClientEvent): void {
  try {
    listener(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
