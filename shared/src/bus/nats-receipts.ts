import {
  DiscardPolicy,
  type JetStreamClient,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { Failure } from '../errors/index.ts';
import { type Logger, withDeadline } from '../runtime/index.ts';
import type { LoggedReceipts, ReceiptLog, ReceiptsFollowing } from './bus.ts';
import { asLogFailure, directGet } from './nats-room-log.ts';
import { followStream } from './nats-stream-following.ts';
import { ensureStream, infoOf, lastBefore } from './nats-streams.ts';
import { subjects } from './subjects.ts';

const stream = 'RCPT';
const deadlineMs = 5_000;

/**
 * Unlike a room's log it forgets: what is not in MongoDB after a day is not worth refusing new marks for. Past the size, some
 * ten million marks, the oldest go first; newer marks of the same people stand above most of them.
 */
const configOf = (replicas: number, duplicateWindowMs: number): Partial<StreamConfig> & { name: string } => ({
  name: stream,
  subjects: [subjects.allReceipts],
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.Old,
  max_age: nanos(86_400_000),
  max_bytes: 1024 ** 3,
  max_msg_size: 256 * 1024,
  num_replicas: replicas,
  duplicate_window: nanos(duplicateWindowMs),
  allow_direct: true,
});

export function createNatsReceipts(deps: {
  js: JetStreamClient;
  jsm: JetStreamManager;
  settings: { replicas: number; duplicateWindowMs: number; ackTimeoutMs: number };
  isAway: () => boolean;
  logger: Logger;
}): ReceiptLog {
  const { js, jsm, settings, isAway, logger } = deps;
  const soon = <T>(what: string, work: () => Promise<T>): Promise<T> =>
    asLogFailure(() => withDeadline(what, deadlineMs, work()));
  return {
    append: async ({ bucket, id, bytes }) => {
      if (isAway()) throw new Failure('log_unavailable', { retryMs: 1_000, detail: 'NATS is away' });
      const options = { msgID: id, timeout: settings.ackTimeoutMs };
      await asLogFailure(() => js.publish(subjects.receipts(bucket), bytes, options));
    },
    ensure: () =>
      soon('making the stream of receipts', () =>
        ensureStream(jsm, configOf(settings.replicas, settings.duplicateWindowMs)),
      ),
    state: () =>
      soon('reading the stream of receipts', async () => {
        const info = await infoOf(jsm, stream);
        if (info === undefined) return undefined;
        const { first_seq: first, last_seq: last, bytes } = info.state;
        return { created: String(info.created), first, last, bytes, maxBytes: info.config.max_bytes };
      }),
    read: async (from, limit) => {
      const batches = await directGet(jsm, stream, { seq: from, next_by_subj: subjects.allReceipts, batch: limit });
      return batches.map(({ seq, bytes }) => ({ seq, bytes }));
    },
    lastBefore: (time) => soon('looking for an age', () => lastBefore(jsm, stream, time)),
    follow: (from) => following(followStream({ js, stream, from, logger })),
  };
}

function following(source: ReturnType<typeof followStream>): ReceiptsFollowing {
  return {
    stop: source.stop,
    async *[Symbol.asyncIterator](): AsyncGenerator<LoggedReceipts> {
      for await (const { seq, bytes } of source) yield { seq, bytes };
    },
  };
}
