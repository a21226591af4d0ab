import type { NatsConnection } from '@nats-io/transport-node';
import type { Draining, DrainOrder, Drains } from './bus.ts';
import { subjects } from './subjects.ts';

export function createNatsDrains(nats: NatsConnection): Drains {
  const hear = <T>(subject: string, listener: (heard: T) => void) => {
    const subscription = nats.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) listener(message.json<T>());
      },
    });
    return { stop: () => subscription.unsubscribe() };
  };
  return {
    announce: (draining) => nats.publish(subjects.drain, JSON.stringify(draining)),
    subscribe: (listener) => hear<Draining>(subjects.drain, listener),
    order: (order) => nats.publish(subjects.drainOrder, JSON.stringify(order)),
    ordered: (listener) => hear<DrainOrder>(subjects.drainOrder, listener),
  };
}
