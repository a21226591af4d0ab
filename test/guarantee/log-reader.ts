import { type JetStreamManager, jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { LoggedEvent } from './evidence.ts';
import { contentOf } from './room-view.ts';

const batch = 500;
const pauseMs = 300;
const answerMs = 3_000;

/**
 * Reads a stream of the log from its beginning while the run goes on, by itself and past all of Gapless: what was trimmed
 * meanwhile is known as well. Waits out a server that is away.
 */
export interface LogReader {
  /** Reads up to the newest event. Rejects when the log cannot have been read without a hole. */
  finish(): Promise<ReadonlyMap<string, LoggedEvent[]>>;
  close(): Promise<void>;
}

export async function startLogReader(urls: readonly string[], stream: string): Promise<LogReader> {
  const nats = await connect({
    servers: [...urls],
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    // A server that is paused is left for another one soon.
    ...{ pingInterval: 1_000, maxPingOut: 2 },
    timeout: answerMs,
  });
  const jsm = await jetstreamManager(nats, { checkAPI: false });
  const rooms = new Map<string, LoggedEvent[]>();
  let next = 0;
  let ended = false;

  const take = (message: StoredMsg): void => {
    if (message.seq < next || ended) return;
    if (next !== 0 && message.seq !== next) throw new Error(`the log has no ${next}: it goes on with ${message.seq}`);
    next = message.seq + 1;
    const event = loggedEvent(message);
    const room = rooms.get(event.room);
    if (room === undefined) rooms.set(event.room, [event]);
    else room.push(event);
  };
  const run = async (): Promise<void> => {
    while (!ended) {
      await readSome(jsm, stream, Math.max(1, next), take);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  let failure: Error | undefined;
  const running = run().catch((error: Error) => {
    failure = error;
  });

  return {
    finish: async () => {
      const { state } = await jsm.streams.info(stream);
      const end = Date.now() + 30_000;
      while (next <= state.last_seq && failure === undefined && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
      if (failure !== undefined) throw failure;
      if (next <= state.last_seq)
        throw new Error(`the log was read up to ${next - 1}, and ends with ${state.last_seq}`);
      return rooms;
    },
    close: async () => {
      ended = true;
      await running;
      await close(nats);
    },
  };
}

const close = (nats: NatsConnection): Promise<void> => nats.close();

/** What a server that is away, or behind, does not answer is asked for again. */
function readSome(
  jsm: JetStreamManager,
  stream: string,
  seq: number,
  take: (message: StoredMsg) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, answerMs);
    const done = (error?: Error): void => {
      clearTimeout(timer);
      if (error === undefined) resolve();
      else reject(error);
    };
    const callback = (end: { err?: Error } | null, message: StoredMsg): void => {
      if (end !== null) return done();
      try {
        take(message);
      } catch (error) {
        done(error as Error);
      }
    };
    jsm.direct.getBatch(stream, { seq, batch, callback } as never).catch(() => done());
  });
}

function loggedEvent({ subject, seq: s, data, header }: StoredMsg): LoggedEvent {
  const raw = new TextDecoder().decode(data);
  const opId = header.get('Gapless-Op');
  const room = subject.split('.')[2] as string;
  const event = JSON.parse(raw) as { at: number };
  return { ...contentOf({ ...event }), room, s, at: event.at, raw, ...(opId !== '' && { opId }) };
}
