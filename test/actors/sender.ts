import type { RoomId } from '@gapless/shared/schema';
import type { Person } from './person.ts';
import { connect, type Frame, newClientId, type Socket } from './socket.ts';

/** A message that the server said it stored. */
export interface Acknowledged {
  readonly room: RoomId;
  readonly clientId: string;
  readonly user: string;
  readonly text: string;
  readonly seq: number;
}

const worthRetrying = new Set(['unavailable', 'unknown', 'busy', 'rate_limited', 'internal']);
const giveUpMs = 90_000;

/**
 * Sends as a well-behaved client does: what was not acknowledged is sent again with the same client id, over another
 * connection when this one ended, until it is.
 */
export async function sendAll(options: {
  person: Person;
  urls: readonly string[];
  room: RoomId;
  /** May be made while they are sent: whoever makes them sets the pace. */
  texts: Iterable<string> | AsyncIterable<string>;
  /** Messages under way at once. */
  width?: number;
  onAck?: (count: number) => void;
}): Promise<Acknowledged[]> {
  const { person, urls, room, texts, width = 8, onAck } = options;
  const connection = createConnection(person, urls);
  const acknowledged: Acknowledged[] = [];
  const waiting = (async function* () {
    yield* texts;
  })();
  const work = async (): Promise<void> => {
    for (let next = await waiting.next(); !next.done; next = await waiting.next()) {
      const message = { text: next.value, clientId: newClientId() };
      const seq = await sendUntilAcknowledged(connection, room, message);
      acknowledged.push({ room, user: person.id, seq, ...message });
      onAck?.(acknowledged.length);
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  await connection.close();
  return acknowledged;
}

/** Repeats one frame with one client id, over whatever connection there is, until it is answered by `ok`. */
export async function settle(person: Person, urls: readonly string[], frame: Record<string, unknown>): Promise<Frame> {
  const connection = createConnection(person, urls);
  const end = Date.now() + giveUpMs;
  while (Date.now() < end) {
    const reply = await (await connection.get()).request(frame);
    if (reply.t === 'ok') {
      await connection.close();
      return reply;
    }
    if (reply.t === 'err' && !worthRetrying.has(String(reply['code']))) throw new Error(JSON.stringify(reply));
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 100));
  }
  throw new Error(`not settled in ${giveUpMs} ms: ${JSON.stringify(frame)}`);
}

async function sendUntilAcknowledged(
  connection: Connection,
  room: RoomId,
  { text, clientId }: { text: string; clientId: string },
): Promise<number> {
  const end = Date.now() + giveUpMs;
  while (Date.now() < end) {
    const socket = await connection.get();
    const reply = await socket.send(room, text, clientId);
    if (reply.t === 'ok') return reply['s'] as number;
    if (reply.t === 'err' && !worthRetrying.has(String(reply['code']))) throw new Error(JSON.stringify(reply));
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 100));
  }
  throw new Error(`not acknowledged in ${giveUpMs} ms`);
}

interface Connection {
  get(): Promise<Socket>;
  close(): Promise<void>;
}

/** One socket at a time, on the first edge that takes it. */
function createConnection(person: Person, urls: readonly string[]): Connection {
  let current: Promise<Socket> | undefined;
  const dial = async (): Promise<Socket> => {
    const end = Date.now() + giveUpMs;
    for (let attempt = 0; Date.now() < end; attempt++) {
      try {
        return await connect(urls[attempt % urls.length] as string, person, 'none');
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    throw new Error('no edge took the connection');
  };
  return {
    get: async () => {
      current ??= dial();
      const socket = await current;
      if (socket.closed === undefined) return socket;
      current = dial();
      return current;
    },
    close: async () => {
      await (await current)?.close();
    },
  };
}
