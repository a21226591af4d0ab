import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type NatsOperation, NatsOperations } from './nats-operations.ts';
import type { Random } from './random.ts';

/** What becomes of one live event on its way from NATS to an edge. */
export type Fate = 'pass' | 'drop' | 'double' | 'swap' | 'delay';
export type Fates = (room: string, seq: number) => Fate;

/**
 * Stands between edges and one NATS server, and does to live events what NATS may do to them: they are lost, doubled, swapped
 * and late. Everything else passes as it is, at once: what is stored and answered is not touched.
 */
export interface LiveProxy {
  readonly url: string;
  close(): Promise<void>;
}

export interface LiveProxyOptions {
  /** Port of the NATS server on this machine. */
  readonly target: number;
  readonly port?: number;
  readonly fates: Fates;
}

const liveEvent = /^live\.room\.\d+\.([^.]+)\.log$/;
/** Longer than an edge waits for a swap to right itself. */
const delayMs = 120;
const longestSwapMs = 15;

export async function startLiveProxy({ target, port = 0, fates }: LiveProxyOptions): Promise<LiveProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port: target });
    const ways = [client, upstream] as const;
    for (const socket of ways) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        for (const other of ways) other.destroy();
      });
    }
    client.pipe(upstream);
    const way = createFaultyWay(fates, (bytes) => void (client.writable && client.write(bytes)));
    const operations = new NatsOperations();
    upstream.on('data', (chunk) => {
      for (const operation of operations.take(chunk)) way(operation);
    });
  });
  server.listen({ port, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `nats://127.0.0.1:${address.port}`,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Fates that repeat themselves: this share of the live events meets one. */
export function randomFates(random: Random, share: number, met: (fate: Fate) => void): Fates {
  const mishaps = ['drop', 'double', 'swap', 'delay'] as const;
  return () => {
    if (!random.chance(share)) return 'pass';
    const fate = random.pick(mishaps);
    met(fate);
    return fate;
  };
}

export function createFaultyWay(fates: Fates, pass: (bytes: Buffer) => void): (operation: NatsOperation) => void {
  let held: Buffer | undefined;
  const letGo = (): void => {
    const last = held;
    held = undefined;
    if (last !== undefined) pass(last);
  };
  return ({ bytes, subject, seq }) => {
    const room = seq === undefined ? undefined : liveEvent.exec(subject ?? '')?.[1];
    if (room === undefined || seq === undefined) return pass(bytes);
    const fate = fates(room, seq);
    // What is kept beyond this turn must not share memory with what comes.
    if (fate === 'delay') return void setTimeout(pass, delayMs, Buffer.from(bytes));
    if (fate === 'swap' && held === undefined) {
      held = Buffer.from(bytes);
      return void setTimeout(letGo, longestSwapMs);
    }
    if (fate !== 'drop') pass(bytes);
    if (fate === 'double') pass(bytes);
    letGo();
  };
}
