import type { NatsConnection } from '@nats-io/transport-node';
import type { Signals } from './bus.ts';
import { subjects, userOf } from './subjects.ts';

/** While the server is away the client would keep signals for later, without bound: they are dropped. */
export function createNatsSignals(deps: { nats: NatsConnection; isAway: () => boolean }): Signals {
  const { nats, isAway } = deps;
  const publish = (subject: string, bytes: Uint8Array): void => {
    if (!isAway() && !nats.isClosed()) nats.publish(subject, bytes);
  };
  return {
    toRoom: (room, bytes) => publish(subjects.liveSignal(room), bytes),
    toUser: (user, bytes) => publish(subjects.userSignal(user), bytes),
    toUsers: (listener) => {
      const subscription = nats.subscribe(subjects.allUserSignals, {
        callback: (error, message) => {
          if (error === null) listener(userOf(message.subject), message.data);
        },
      });
      return { stop: () => subscription.unsubscribe() };
    },
  };
}
