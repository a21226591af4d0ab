import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StoredMsg,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { Failure } from '../errors/index.ts';
import { DeadlineError, type Logger, withDeadline } from '../runtime/index.ts';
import type { LogStreams } from './bus.ts';
import { followStream } from './nats-stream-following.ts';
import { type StreamSettings, streamNames, streamSubjects } from './streams.ts';

const deadlineMs = 10_000;
/** Larger than any event: a message row may name many users. */
const maxEventBytes = 256 * 1024;

/** No `max_age` and `discard: new`: JetStream never throws away what MongoDB does not hold yet. */
function configOf(name: string, index: number, settings: StreamSettings): Partial<StreamConfig> & { name: string } {
  return {
    name,
    subjects: streamSubjects(index, settings.streamCount),
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_age: 0,
    max_bytes: settings.maxBytes,
    max_msg_size: maxEventBytes,
    num_replicas: settings.replicas,
    duplicate_window: nanos(settings.duplicateWindowMs),
    allow_direct: true,
    republish: { src: '*.*.*', dest: 'live.{{wildcard(1)}}.{{wildcard(2)}}.{{wildcard(3)}}.log' },
  };
}

export function createNatsStreams(deps: {
  jsm: JetStreamManager;
  js: JetStreamClient;
  settings: StreamSettings;
  logger: Logger;
}): LogStreams {
  const { jsm, js, settings, logger } = deps;
  const names = streamNames(settings.streamCount);
  return {
    names,
    state: (stream) =>
      guarded('reading a stream', async () => {
        const info = await infoOf(jsm, stream);
        if (info === undefined) return undefined;
        const { first_seq: first, last_seq: last, bytes } = info.state;
        return { created: String(info.created), first, last, bytes, maxBytes: info.config.max_bytes };
      }),
    ensure: (stream, first) =>
      guarded('making a stream', async () => {
        await ensureStream(jsm, configOf(stream, names.indexOf(stream), settings), { first_seq: first });
      }),
    skipTo: (stream, seq) => guarded('skipping ahead', () => jsm.streams.purge(stream, { seq })).then(() => undefined),
    trim: (stream, upTo) =>
      guarded('trimming', () => jsm.streams.purge(stream, { seq: upTo + 1 })).then(() => undefined),
    lastBefore: (stream, time) => guarded('looking for an age', () => lastBefore(jsm, stream, time)),
    storedAt: (stream, seq) =>
      guarded('looking for an event', async () => {
        const found = await jsm.direct.getMessage(stream, { seq, next_by_subj: '>' });
        return found?.time;
      }),
    follow: async (stream, options) => followStream({ js, stream, logger, ...options }),
  };
}

/** The event before the first one that is not older; the newest one when all are older. */
export async function lastBefore(jsm: JetStreamManager, stream: string, time: Date): Promise<number> {
  const next = await new Promise<number | undefined>((resolve, reject) => {
    const callback = (done: { err?: Error } | null, message: StoredMsg) => {
      if (done === null) resolve(message.seq);
      else if (done.err === undefined || ('code' in done.err && done.err.code === 404)) resolve(undefined);
      else reject(done.err);
    };
    jsm.direct.getBatch(stream, { start_time: time, batch: 1, callback } as never).catch(reject);
  });
  if (next !== undefined) return next - 1;
  return (await jsm.streams.info(stream)).state.last_seq;
}

/** `undefined` when there is no such stream. */
export async function infoOf(jsm: JetStreamManager, stream: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(stream);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Makes the stream, `atFirst` beside its settings, or brings the settings of the one there up to date. */
export async function ensureStream(
  jsm: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
  atFirst: Partial<StreamConfig> = {},
): Promise<void> {
  if ((await infoOf(jsm, config.name)) === undefined) await jsm.streams.add({ ...config, ...atFirst });
  else await jsm.streams.update(config.name, config);
}

const isMissing = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;

async function guarded<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await withDeadline(what, deadlineMs, work());
  } catch (cause) {
    if (cause instanceof JetStreamApiError && !isMissing(cause) && cause.status < 500) throw cause;
    const detail = cause instanceof DeadlineError ? cause.message : `${what}: ${(cause as Error).message}`;
    throw new Failure('log_unavailable', { retryMs: 1_000, cause, detail });
  }
}
