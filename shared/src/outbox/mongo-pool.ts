import type { MongoClient } from 'mongodb';
import type { Metrics } from '../runtime/index.ts';

/** Tells of a client's connections, as the driver announces them. */
export function measurePool(client: MongoClient, metrics: Metrics, isConnected: () => boolean): void {
  let open = 0;
  let inUse = 0;
  let asked = 0;
  const failures = metrics.counter('mongo_check_out_failures_total');
  client.on('connectionCreated', () => void open++);
  client.on('connectionClosed', () => void open--);
  client.on('connectionCheckOutStarted', () => void asked++);
  client.on('connectionCheckedOut', () => {
    asked--;
    inUse++;
  });
  client.on('connectionCheckOutFailed', () => {
    asked--;
    failures.inc();
  });
  client.on('connectionCheckedIn', () => void inUse--);
  metrics.gauge('mongo_connected', () => (isConnected() ? 1 : 0));
  metrics.gauge('mongo_connections', () => open);
  metrics.gauge('mongo_connections_in_use', () => inUse);
  metrics.gauge('mongo_waiting', () => asked);
}
