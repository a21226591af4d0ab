import type { NatsConnection } from '@nats-io/transport-node';
import type { Draining, Drains } from './bus.ts';
import { subjects } from './subjects.ts';

export function createNatsDrains(nats: NatsConnection): Drains {
  return {
    announce: (draining) => nats.publish(subjects.drain, JSON.stringify(draining)),
    subscribe: (listener) => {
      const subscription = nats.subscribe(subjects.drain, {
        callback: (error, message) => {
          if (error === null) listener(message.json<Draining>());
        },
      });
      return { stop: () => subscription.unsubscribe() };
    },
  };
}
