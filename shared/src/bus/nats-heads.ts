import type { NatsConnection } from '@nats-io/transport-node';
import type { Heads, HeadsChannel } from './bus.ts';
import { subjects } from './subjects.ts';

export function createNatsHeads(nats: NatsConnection): HeadsChannel {
  return {
    publish: (heads) => nats.publish(subjects.heads(heads.stream), JSON.stringify(heads)),
    subscribe: (listener) => {
      const subscription = nats.subscribe(subjects.allHeads, {
        callback: (error, message) => {
          if (error === null) listener(message.json<Heads>());
        },
      });
      return { stop: () => subscription.unsubscribe() };
    },
  };
}
