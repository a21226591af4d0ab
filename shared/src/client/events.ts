/** Takes a listener away again. */
export type Unsubscribe = () => void;

/** Listeners by event name, called in the order in which they came. */
export interface Events<All extends object> {
  on<E extends keyof All>(event: E, listener: (value: All[E]) => void): Unsubscribe;
  emit<E extends keyof All>(event: E, value: All[E]): void;
}

export function createEvents<All extends object>(): Events<All> {
  const listeners = new Map<keyof All, Set<(value: never) => void>>();
  return {
    on: (event, listener) => {
      const entry = (value: never) => listener(value);
      const all = listeners.get(event) ?? new Set();
      listeners.set(event, all.add(entry));
      return () => void all.delete(entry);
    },
    emit: (event, value) => {
      for (const listener of [...(listeners.get(event) ?? [])]) call(listener, value as never);
    },
  };
}

/** A listener that throws is a bug of the application: reported as one, while the other listeners are still served. */
function call(listener: (value: never) => void, value: never): void {
  try {
    listener(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
