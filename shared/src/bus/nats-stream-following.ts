import type { ConsumerMessages, JetStreamClient, JsMsg } from '@nats-io/jetstream';
import { backoffMs, type Logger, sleep } from '../runtime/index.ts';
import type { OpId } from '../schema/index.ts';
import type { Following, LoggedEvent, StreamFollowing } from './bus.ts';
import { roomOf } from './subjects.ts';

/** Short, so that a restarted server is noticed within two seconds rather than thirty. */
const pull = { max_messages: 2_000, expires: 5_000, idle_heartbeat: 1_000, abort_on_missing_resource: true } as const;
const pace = { firstMs: 100, maxMs: 2_000 };

/**
 * Every event from a number on. An ordered consumer notices its own holes; when it ends, because the server or the stream
 * went away, the next one starts behind the last event that was handed out.
 */
export function followStream(options: FollowOptions): StreamFollowing {
  return followMessages(options, toEvent);
}

interface FollowOptions {
  js: JetStreamClient;
  stream: string;
  from: number;
  headersOnly?: boolean;
  logger: Logger;
}

export function followMessages<T>(
  { js, stream, from, headersOnly = false, logger }: FollowOptions,
  read: (message: JsMsg) => T,
): AsyncIterable<T> & Following {
  const stopped = new AbortController();
  let messages: ConsumerMessages | undefined;
  let next = from;

  async function* consumeOnce(): AsyncGenerator<T> {
    const consumer = await js.consumers.get(stream, { opt_start_seq: next, headers_only: headersOnly });
    messages = await consumer.consume(pull);
    if (stopped.signal.aborted) messages.stop();
    for await (const message of messages) {
      next = message.seq + 1;
      yield read(message);
    }
  }

  return {
    stop: () => {
      stopped.abort();
      messages?.stop();
    },
    async *[Symbol.asyncIterator]() {
      for (let attempt = 0; !stopped.signal.aborted; attempt++) {
        try {
          for await (const event of consumeOnce()) {
            attempt = 0;
            yield event;
          }
        } catch (error) {
          logger.debug({ stream, why: (error as Error).message }, 'following the stream anew');
        }
        await sleep(backoffMs(attempt, pace), stopped.signal);
      }
    },
  };
}

const toEvent = (message: JsMsg): LoggedEvent => ({
  room: roomOf(message.subject),
  seq: message.seq,
  bytes: message.data,
  id: message.headers?.get('Nats-Msg-Id') ?? '',
  op: (message.headers?.get('Gapless-Op') || undefined) as OpId | undefined,
});
