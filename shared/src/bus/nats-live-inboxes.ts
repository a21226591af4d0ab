import type { NatsConnection } from '@nats-io/transport-node';
import type { RoomId } from '../schema/index.ts';
import type { Following, RoomListener } from './bus.ts';
import { liveNumbers } from './nats-headers.ts';
import { roomOf, subjects } from './subjects.ts';

export interface NatsLiveInboxes {
  /** One listener an inbox, the newest. What it hears from then on is true once the server knows of the interest. */
  listen(inbox: RoomId, listener: RoomListener): Following;
}

/**
 * One subscription for the inboxes of all users, of which those who are here are picked out: one a user would cost 1.3 KB
 * for each, and be made and ended with every user who comes and goes.
 */
export function createNatsLiveInboxes(nats: NatsConnection): NatsLiveInboxes {
  const listeners = new Map<RoomId, RoomListener>();
  let open = false;
  const begin = (): void => {
    open = true;
    nats.subscribe(subjects.allInboxEvents, {
      callback: (error, message) => {
        const listener = error === null ? listeners.get(roomOf(message.subject)) : undefined;
        const numbers = listener === undefined ? undefined : liveNumbers(message);
        if (numbers !== undefined) listener?.event(numbers.seq, numbers.prev, message.data);
      },
    });
  };
  return {
    listen: (inbox, listener) => {
      if (!open) begin();
      listeners.set(inbox, listener);
      return new LiveInbox(listeners, inbox, listener);
    },
  };
}

/** A class: there is one for each user who is here, and a closure each would be larger. */
class LiveInbox implements Following {
  readonly #listeners: Map<RoomId, RoomListener>;
  readonly #inbox: RoomId;
  readonly #listener: RoomListener;

  constructor(listeners: Map<RoomId, RoomListener>, inbox: RoomId, listener: RoomListener) {
    this.#listeners = listeners;
    this.#inbox = inbox;
    this.#listener = listener;
  }

  stop(): void {
    if (this.#listeners.get(this.#inbox) === this.#listener) this.#listeners.delete(this.#inbox);
  }
}
