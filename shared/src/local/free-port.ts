import { createServer, type Server } from 'node:net';

/** Below what systems give to outgoing connections: a server that restarts finds its port still free. */
const lowest = 15_000;
const highest = 32_000;
const attempts = 200;

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port as number;
}

/** Distinct ports of 127.0.0.1 that nobody listened on a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  try {
    for (let attempt = 0; ports.length < count && attempt < attempts + count; attempt++) {
      const port = lowest + Math.floor(Math.random() * (highest - lowest));
      const server = await hold(port);
      if (server === undefined) continue;
      held.push(server);
      ports.push(port);
    }
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
  if (ports.length < count) throw new Error(`no ${count} free ports between ${lowest} and ${highest}`);
  return ports;
}

export async function isPortFree(port: number): Promise<boolean> {
  const server = await hold(port);
  if (server === undefined) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

function hold(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}
