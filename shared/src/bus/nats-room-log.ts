import {
  type DirectBatchOptions,
  JetStreamApiError,
  type JetStreamManager,
  type MsgRequest,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { Failure } from '../errors/index.ts';
import { withDeadline } from '../runtime/index.ts';
import type { OpId, RoomId } from '../schema/index.ts';
import type { AckMux, Wire } from './ack-mux.ts';
import type { LoggedEvent, NewEvent, RoomLog, StoredTrace } from './bus.ts';
import type { BusMetrics } from './bus-metrics.ts';
import { headerLines } from './nats-headers.ts';
import { parsePubAck } from './pub-ack.ts';
import { byStream, streamOf } from './streams.ts';
import { roomOf, subjects } from './subjects.ts';

const idHeader = 'Nats-Msg-Id';
const opHeader = 'Gapless-Op';
/** `<process>;<milliseconds>`: who appended it, and when by its own clock. For services only. */
const byHeader = 'Gapless-By';
const readDeadlineMs = 5_000;
const maxBatchBytes = 4 * 1024 * 1024;
/** The server answers 413 above 1,024. */
const maxHeadsPerRequest = 1_000;

/**
 * Sends events with their id and a reply subject that carries the token. Those of one loop turn leave together: the client
 * makes a system call for each callback in which something is published, and every client's frame comes in one of its own.
 */
export function createNatsWire(nats: NatsConnection, inbox: string, process: string): Wire {
  let ofThisTurn: (readonly [event: NewEvent, token: number])[] = [];
  const publish = ({ room, id, op, bytes }: NewEvent, token: number): void => {
    const by = `${process};${Date.now()}`;
    const known = { [idHeader]: id, [byHeader]: by };
    const headers = headerLines(op === undefined ? known : { ...known, [opHeader]: op });
    nats.publish(subjects.room(room), bytes, { headers, reply: `${inbox}.${token.toString(36)}` });
  };
  const flush = (): void => {
    const events = ofThisTurn;
    ofThisTurn = [];
    if (nats.isClosed()) return;
    for (const [event, token] of events) publish(event, token);
  };
  return {
    send: (event, token) => {
      if (ofThisTurn.push([event, token]) === 1) setImmediate(flush);
    },
  };
}

/** Gives each answer to the event that it belongs to. */
export function followAcks(nats: NatsConnection, inbox: string, mux: AckMux): void {
  nats.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error !== null) return;
      mux.answered(Number.parseInt(message.subject.slice(inbox.length + 1), 36), parsePubAck(message.data));
    },
  });
}

export function createNatsRoomLog(deps: {
  jsm: JetStreamManager;
  mux: AckMux;
  streamCount: number;
  metrics: Pick<BusMetrics, 'read'>;
}): RoomLog {
  const { jsm, mux, streamCount, metrics } = deps;
  return {
    append: (event) => mux.append(event, streamOf(event.room, streamCount)),
    readRoom: (room, from, limit, replica = 'any') => {
      const stream = streamOf(room, streamCount);
      if (replica === 'leader') return metrics.read(replica, readFromLeader(jsm, stream, room, from, limit));
      const options = { seq: from, next_by_subj: subjects.room(room), batch: limit, max_bytes: maxBatchBytes };
      return metrics.read(replica, directGet(jsm, stream, options as DirectBatchOptions));
    },
    read: (room, seq) => metrics.read('leader', readOne(jsm, streamOf(room, streamCount), room, seq)),
    trace: (room, seq) => metrics.read('leader', traceOne(jsm, streamOf(room, streamCount), room, seq)),
    newest: async (room) => {
      const query = { last_by_subj: subjects.room(room) };
      return (await metrics.read('leader', getMessage(jsm, streamOf(room, streamCount), query)))?.seq;
    },
    heads: async (rooms) => {
      const heads = new Map<RoomId, number>();
      for (const [stream, group] of byStream(rooms, streamCount)) {
        for (const chunk of chunksOf(group, maxHeadsPerRequest)) {
          const newest = await directGet(jsm, stream, { multi_last: chunk.map(subjects.room) });
          for (const { room, seq } of newest) heads.set(room, seq);
        }
      }
      return heads;
    },
  };
}

export const toLogged = (message: StoredMsg): LoggedEvent => ({
  room: roomOf(message.subject),
  seq: message.seq,
  bytes: message.data,
  id: message.header.get(idHeader),
  op: (message.header.get(opHeader) || undefined) as OpId | undefined,
});

/** By callback: the iterator form of the client leaves its subscription behind. */
export async function directGet(
  jsm: JetStreamManager,
  stream: string,
  options: Partial<DirectBatchOptions> & { multi_last?: string[] },
): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  const all = new Promise<void>((resolve, reject) => {
    const callback = (done: { err?: Error } | null, message: StoredMsg) => {
      if (done === null) events.push({ ...toLogged(message), pending: message.pending });
      else if (done.err === undefined || isNothingThere(done.err)) resolve();
      else reject(done.err);
    };
    const request = 'multi_last' in options ? jsm.direct.getLastMessagesFor : jsm.direct.getBatch;
    request.call(jsm.direct, stream, { ...options, callback } as never).catch(reject);
  });
  return asLogFailure(async () => {
    await withDeadline('a read of the log', readDeadlineMs, all);
    return events;
  });
}

async function readOne(
  jsm: JetStreamManager,
  stream: string,
  room: RoomId,
  seq: number,
): Promise<LoggedEvent | undefined> {
  const message = await getMessage(jsm, stream, { seq });
  return message?.subject === subjects.room(room) ? toLogged(message) : undefined;
}

function getMessage(jsm: JetStreamManager, stream: string, query: MsgRequest): Promise<StoredMsg | undefined> {
  return asLogFailure(async () => {
    try {
      return (await jsm.streams.getMessage(stream, query)) ?? undefined;
    } catch (error) {
      if (isNothingThere(error)) return undefined;
      throw error;
    }
  });
}

async function traceOne(
  jsm: JetStreamManager,
  stream: string,
  room: RoomId,
  seq: number,
): Promise<StoredTrace | undefined> {
  const message = await getMessage(jsm, stream, { seq });
  if (message?.subject !== subjects.room(room)) return undefined;
  const [process = '', at = ''] = message.header.get(byHeader).split(';');
  return {
    stream,
    storedAt: message.time,
    bytes: message.data,
    op: toLogged(message).op,
    ...(process === '' ? {} : { by: { process, at: new Date(Number(at)) } }),
  };
}

/** One by one: only this request is answered by the leader alone. */
async function readFromLeader(
  jsm: JetStreamManager,
  stream: string,
  room: RoomId,
  from: number,
  limit: number,
): Promise<LoggedEvent[]> {
  const subject = subjects.room(room);
  const events: LoggedEvent[] = [];
  const walk = async (): Promise<void> => {
    for (let seq = Math.max(1, from); events.length < limit; ) {
      const message = await jsm.streams.getMessage(stream, { seq, next_by_subj: subject } as never);
      if (message === null) return;
      events.push(toLogged(message));
      seq = message.seq + 1;
    }
  };
  return asLogFailure(async () => {
    await withDeadline('a read of the leader', readDeadlineMs, walk()).catch((error: unknown) => {
      if (!isNothingThere(error)) throw error;
    });
    return events;
  });
}

const noMessageFound = 10_037;

/** 'Not found' of a message; a missing stream is something else. */
function isNothingThere(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.code === noMessageFound;
  return error instanceof Error && 'code' in error && error.code === 404;
}

export async function asLogFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new Failure('log_unavailable', { retryMs: 1_000, cause });
  }
}

function chunksOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size));
}
