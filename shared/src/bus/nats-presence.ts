import type { NatsConnection } from '@nats-io/transport-node';
import type { PresenceReport, PresenceReports } from './bus.ts';
import { subjects } from './subjects.ts';

export function createNatsPresence({ nats, isAway }: { nats: NatsConnection; isAway(): boolean }): PresenceReports {
  const hear = (subject: string, heard: (data: () => unknown) => void) => {
    const subscription = nats.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) heard(() => message.json());
      },
    });
    return { stop: () => subscription.unsubscribe() };
  };
  return {
    // What waits for a connection is old by then: the edge is asked for the whole of it behind a reconnect.
    report: (report) => {
      if (!isAway()) nats.publish(subjects.presence, JSON.stringify(report));
    },
    subscribe: (listener) => hear(subjects.presence, (data) => listener(data() as PresenceReport)),
    ask: () => {
      if (!isAway()) nats.publish(subjects.askPresence);
    },
    asked: (listener) => hear(subjects.askPresence, () => listener()),
    isAway,
  };
}
