import { type Client, createClient as createPortableClient } from './client.ts';
import type { ClientOptions } from './client-options.ts';
import type { WebSocketConstructor } from './web-socket.ts';

export * from './index.ts';

/** Node 22 has a WebSocket of its own; before that the package `ws` stands in. */
const { WebSocket = await fromPackage() } = globalThis as { WebSocket?: WebSocketConstructor };

export const createClient = (options: ClientOptions): Client => createPortableClient({ WebSocket, ...options });

async function fromPackage(): Promise<WebSocketConstructor> {
  return (await import('ws')).WebSocket;
}
