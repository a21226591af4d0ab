import { join } from 'node:path';
import { createMongoEngine, type MongoEngine, mongoSetUrl } from './mongo-engine.ts';
import { createNatsEngine, type NatsEngine, type NatsEngineOptions } from './nats-engine.ts';

interface SetOptions extends Pick<NatsEngineOptions, 'program' | 'dir' | 'supervisor'> {
  readonly ports: readonly number[];
}

/** One NATS server, or a cluster of several. Servers of a cluster keep to themselves how else they can be reached. */
export function createNatsServers(options: SetOptions & { readonly routePorts: readonly number[] }): NatsEngine[] {
  const { ports, routePorts, dir, ...common } = options;
  if (ports.length === 1) return [createNatsEngine({ ...common, dir: join(dir, 'nats'), port: ports[0] as number })];
  const routes = routePorts.map((port) => `"nats-route://127.0.0.1:${port}"`).join(', ');
  return ports.map((port, n) => {
    const name = `nats-${n + 1}`;
    const listen = `listen: "127.0.0.1:${routePorts[n]}"`;
    const config = `cluster {\n  name: gapless\n  ${listen}\n  no_advertise: true\n  routes: [${routes}]\n}`;
    return createNatsEngine({ ...common, dir: join(dir, name), name, port, config });
  });
}

/** One mongod, or a replica set of several, and how to reach it. */
export function createMongods(options: SetOptions): { readonly mongods: MongoEngine[]; readonly url: string } {
  const { ports, dir, ...common } = options;
  if (ports.length === 1) {
    const mongo = createMongoEngine({ ...common, dir: join(dir, 'mongo'), port: ports[0] as number });
    return { mongods: [mongo], url: mongo.url };
  }
  const members = ports.map((port) => `127.0.0.1:${port}`);
  const mongods = ports.map((port, n) => {
    const name = `mongo-${n + 1}`;
    return createMongoEngine({ ...common, dir: join(dir, name), name, port, members });
  });
  return { mongods, url: mongoSetUrl(members) };
}
