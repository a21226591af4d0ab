import { createServer, type Server } from 'node:net';

/** Below what systems give to outgoing connections: a server that restarts finds its port still free. */
const lowest = 15_000;
const highest = 32_000;
const blockSize = 200;
const blocks = Math.floor((highest - lowest) / blockSize);

interface Block {
  /** Held for as long as this process lives: its port says that the ones behind it are taken. */
  readonly guard: Server;
  readonly base: number;
  given: number;
}

let own: Promise<Block> | undefined;

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port as number;
}

/**
 * Distinct ports of 127.0.0.1 that nobody listens on, nor will before their program does: each process that asks gives
 * from a block of its own.
 */
export async function freePorts(count: number): Promise<number[]> {
  own ??= claimBlock();
  const block = await own;
  const ports: number[] = [];
  for (let tried = 0; ports.length < count && tried < blockSize; tried++) {
    const port = block.base + 1 + (block.given++ % (blockSize - 1));
    if (await isPortFree(port)) ports.push(port);
  }
  if (ports.length < count) throw new Error(`no ${count} free ports behind ${block.base}`);
  return ports;
}

export async function isPortFree(port: number): Promise<boolean> {
  const server = await hold(port);
  if (server === undefined) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

async function claimBlock(): Promise<Block> {
  const first = Math.floor(Math.random() * blocks);
  for (let n = 0; n < blocks; n++) {
    const base = lowest + ((first + n) % blocks) * blockSize;
    const guard = await hold(base);
    if (guard !== undefined) return { guard: guard.unref(), base, given: 0 };
  }
  throw new Error(`no free ports between ${lowest} and ${highest}`);
}

function hold(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}
